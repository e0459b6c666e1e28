import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { IDENTITIES, MAY_CALL, SERVED_BY, type Identity, type ServiceName } from '#libs/contracts/callers.js';

/** The operator's calls are the terminal program's; what else it may, the public contract promises to people's own programs. */
const appOf = (identity: Identity): string => join('apps', identity === 'operator' ? 'cli' : identity);
const PROMISED: ReadonlyArray<readonly [Identity, ServiceName]> = [
  ['operator', 'waybill.orders.v1.OrderService'],
  // `docker compose exec gateway waybill stock`: the terminal program, in the gateway's container.
  ['gateway', 'waybill.inventory.v1.InventoryService'],
];
/** Of the same name, but no call: orders releases its claims, and the terminal program asks the public API. */
const NOT_A_CALL: ReadonlyArray<readonly [Identity, string]> = [
  ['orders', 'release'],
  ['operator', 'listDeadLetters'],
  ['operator', 'getDeadLetter'],
  ['operator', 'replayDeadLetter'],
  ['operator', 'discardDeadLetter'],
  ['operator', 'listActions'],
];

const sources = new Map(IDENTITIES.map((identity) => [identity, sourceOf(appOf(identity))]));

function sourceOf(folder: string): string {
  if (!existsSync(folder)) return '';
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.includes('testing'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

/** What the code calls, as far as its text shows: a method of a service whose definition it imports, and that it does not serve. */
function calls(identity: Identity, service: ServiceName, method: string): boolean {
  if (NOT_A_CALL.some(([who, what]) => who === identity && what === method)) return false;
  const [simple = ''] = service.split('.').slice(-1);
  const source = sources.get(identity) ?? '';
  const imported = new RegExp(String.raw`\b${simple}Service\b`).test(source);
  return imported && SERVED_BY[service] !== identity && new RegExp(String.raw`\.\s*${method}\b`).test(source);
}

const rows = Object.entries(MAY_CALL).flatMap(([service, methods]) =>
  Object.entries(methods as Record<string, readonly Identity[]>).map(([method, allowed]) => ({
    service: service as ServiceName,
    method,
    allowed,
  })),
);

describe('the table of callers beside the code', () => {
  it('given each call that an app makes, then the table allows it', () => {
    const forgotten = rows.flatMap(({ service, method, allowed }) =>
      IDENTITIES.filter((identity) => calls(identity, service, method) && !allowed.includes(identity)).map(
        (identity) => `${identity} calls ${service}/${method}`,
      ),
    );
    expect(forgotten).toEqual([]);
  });

  it('given each call that the table allows, then the app makes it, or it is promised', () => {
    const unused = rows.flatMap(({ service, method, allowed }) =>
      allowed
        .filter((identity) => !calls(identity, service, method))
        .filter((identity) => !PROMISED.some(([who, what]) => who === identity && what === service))
        .map((identity) => `${identity} never calls ${service}/${method}`),
    );
    expect(unused).toEqual([]);
  });

  it('given each call of the terminal program, then the gateway may make it: in containers it runs there, under its identity', () => {
    const made = rows.filter(({ service, method }) => calls('operator', service, method));
    expect(made.map(({ method }) => method)).toContain('setStock');
    expect(made.filter(({ allowed }) => !allowed.includes('gateway')).map(({ method }) => method)).toEqual([]);
  });
});
