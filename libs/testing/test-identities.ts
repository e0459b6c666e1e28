import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Identity } from '#libs/contracts/callers.js';
import { openAuthority, type Authority } from '#libs/security/authority.js';
import { filesIn, writeIdentity, type IdentityFiles } from '#libs/security/identity-folder.js';

/** An authority of a test's own. */
export interface TestIdentities {
  readonly folder: string;
  readonly authority: Authority;
  /** The files of a new certificate; of a day unless said otherwise. */
  issue(identity: Identity, lifetimeMs?: number): Promise<IdentityFiles>;
  remove(): Promise<void>;
}

export async function testIdentities(): Promise<TestIdentities> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-identities-'));
  const authority = await openAuthority(join(folder, 'ca'));
  return {
    folder,
    authority,
    issue: async (identity, lifetimeMs) => {
      await writeIdentity(join(folder, identity), await authority.issue(identity, lifetimeMs));
      return filesIn(join(folder, identity));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
