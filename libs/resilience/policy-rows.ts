import { ConfigurationError } from '#libs/kernel/config.js';
import { POLICIES } from './policies.js';
import type { MethodPolicy, PolicyRow } from './policy.js';
import type { PolicyOverrides } from './policies.config.js';

type Methods = Readonly<Record<string, MethodPolicy>>;
type Dependencies = Readonly<Record<string, Methods>>;

/** The table, row by row. */
export function policyRows(): PolicyRow[] {
  return Object.entries(POLICIES as Readonly<Record<string, Dependencies>>).flatMap(([caller, dependencies]) =>
    Object.entries(dependencies).flatMap(([dependency, methods]) =>
      Object.entries(methods).map(([method, policy]) => ({ caller, dependency, method, ...policy })),
    ),
  );
}

/** The rows of one caller, as the configuration, which is one for all of them, changes them. @throws ConfigurationError that names what does not exist. */
export function policiesInForce(caller: string, overrides: PolicyOverrides): PolicyRow[] {
  const rows = policyRows();
  const known = new Set(rows.map(nameOf));
  const unknown = Object.keys(overrides).filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new ConfigurationError(
      `WAYBILL_POLICIES: nothing is called so: ${unknown.join(', ')}. docs/resilience.md lists what is.`,
    );
  return rows.filter((row) => row.caller === caller).map((row) => ({ ...row, ...definedOnly(overrides[nameOf(row)]) }));
}

function nameOf({ caller, dependency, method }: PolicyRow): string {
  return `${caller}.${dependency}.${method}`;
}

function definedOnly(override: PolicyOverrides[string] = {}): Partial<MethodPolicy> {
  return Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined));
}
