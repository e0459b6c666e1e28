import { setTimeout as pause } from 'node:timers/promises';
import { IDENTITIES } from '#libs/contracts/callers.js';
import { openAuthority } from '#libs/security/authority.js';
import { renewIdentities } from '#libs/security/identity-folder.js';
import { print } from '../terminal/style.js';
import { certificateFolders } from './folders.js';

/** Certificates last for a day and are renewed at half of it: failures in a row do no harm, and a machine that slept goes on soon. */
const LOOK_EVERY_MS = 60_000;

/** Until it is stopped: gives every identity a new certificate before its old one is past half its time. */
export async function keepRenewed(): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const { authority, identities: root } = certificateFolders();
  while (!stop.signal.aborted) {
    const renewed = await renewIdentities(await openAuthority(authority), { root, identities: IDENTITIES });
    if (renewed.length > 0) print(`renewed: ${renewed.join(', ')}`);
    await pause(LOOK_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined); // told to stop
  }
}
