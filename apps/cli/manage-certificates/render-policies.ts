import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { authorizationPolicies, peerAuthentication, type MeshPlan } from '#libs/security/istio-policies.js';
import { print } from '../terminal/style.js';

export interface PolicyOptions extends MeshPlan {
  readonly out?: string;
}

/** The table of callers for a mesh that does what `WAYBILL_MTLS=off` leaves out. */
export function renderPolicies({ out, ...plan }: PolicyOptions): void {
  const files = {
    'peer-authentication.yaml': peerAuthentication(plan),
    'authorization-policies.yaml': authorizationPolicies(plan),
  };
  if (out === undefined) return print(Object.values(files).join('---\n').trimEnd());
  mkdirSync(out, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(out, name), content);
  print(`${Object.keys(files).join(', ')} in ${out}`);
}
