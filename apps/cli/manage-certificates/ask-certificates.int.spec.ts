import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { IDENTITIES } from '#libs/contracts/callers.js';
import { rotateIdentities } from '#libs/security/identity-folder.js';
import { testIdentities, type TestIdentities } from '#libs/testing/test-identities.js';
import { allValid } from './ask-certificates.js';

let ours: TestIdentities;
beforeEach(async () => {
  ours = await testIdentities();
  await rotateIdentities(ours.authority, { root: ours.folder, identities: IDENTITIES });
});
afterEach(() => ours.remove());

const valid = (): Promise<boolean> => allValid(ours.folder, ours.authority.ca);

describe('the health of who renews certificates', () => {
  it('given a certificate for everybody, then it is well; given one that is missing, then it is not', async () => {
    expect(await valid()).toBe(true);
    await rm(join(ours.folder, 'payments'), { recursive: true });
    expect(await valid()).toBe(false);
  });

  it('given one that has ended, or those of another authority, then it is not well', async () => {
    await rotateIdentities(ours.authority, { root: ours.folder, identities: ['orders'], lifetimeMs: 0 });
    expect(await valid()).toBe(false);
    const others = await testIdentities();
    expect(await allValid(ours.folder, others.authority.ca)).toBe(false);
    await others.remove();
  });
});
