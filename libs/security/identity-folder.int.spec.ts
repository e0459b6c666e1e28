import { copyFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Identity } from '#libs/contracts/callers.js';
import { testIdentities, type TestIdentities } from '#libs/testing/test-identities.js';
import { openAuthority } from './authority.js';
import { filesIn, readIdentity, renewIdentities, rotateIdentities } from './identity-folder.js';

const HOUR_MS = 3_600_000;
const IDENTITIES: readonly Identity[] = ['orders', 'payments'];

let ours: TestIdentities;
beforeEach(async () => {
  ours = await testIdentities();
  await renew();
});
afterEach(async () => {
  jest.useRealTimers();
  await ours.remove();
});

const renew = () => renewIdentities(ours.authority, { root: ours.folder, identities: IDENTITIES });
const orders = () => filesIn(join(ours.folder, 'orders'));
const at = (ms: number) => jest.useFakeTimers({ now: Date.now() + ms, doNotFake: ['nextTick', 'setImmediate'] });

describe('renewing', () => {
  it('leaves a key to its owner alone, each time', async () => {
    const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;
    for (const _ of ['made', 'made anew']) {
      expect(await modeOf(orders().key)).toBe(0o600);
      await rm(orders().cert);
      await renew();
    }
    expect(await modeOf(join(ours.folder, 'orders'))).toBe(0o700);
  });

  it('leaves alone who has a good certificate, and makes a new one at half its time', async () => {
    const before = readIdentity(orders());
    expect(await renew()).toEqual([]);
    expect(readIdentity(orders())).toEqual(before);
    at(13 * HOUR_MS);
    expect(await renew()).toEqual(IDENTITIES);
  });

  it.each([
    [
      'a key of another certificate, as a stop between the two files leaves it',
      () => copyFile(of('payments'), orders().key),
    ],
    ['no key', () => rm(orders().key)],
    ['half a certificate', () => writeFile(orders().cert, '-----BEGIN CERTIFICATE-----\nMIIB')],
    ['an empty certificate', () => writeFile(orders().cert, '')],
    ['another authority’s certificate to believe', () => writeFile(orders().ca, '')],
  ])('gives a new one to who has %s', async (_, harm) => {
    await harm();
    expect(await renew()).toEqual(['orders']);
    expect(await renew()).toEqual([]);
  });

  it('given several who rotate at once, then none of them fails, and what is left does for whoever looks next', async () => {
    const plan = { root: ours.folder, identities: IDENTITIES };
    await Promise.all(Array.from({ length: 8 }, () => rotateIdentities(ours.authority, plan)));
    await renew();
    expect(await renew()).toEqual([]);
  });

  it('gives a new one to everybody when the clock was set back, and when the authority is another', async () => {
    at(-2 * HOUR_MS);
    expect(await renew()).toEqual(IDENTITIES);
    jest.useRealTimers();
    const another = await openAuthority(join(ours.folder, 'another'));
    expect(await renewIdentities(another, { root: ours.folder, identities: IDENTITIES })).toEqual(IDENTITIES);
  });
});

function of(identity: Identity): string {
  return filesIn(join(ours.folder, identity)).key;
}
