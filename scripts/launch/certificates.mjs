import { join, resolve } from 'node:path';
import { sayWarning } from './terminal.mjs';

/** Certificates last for a day; each is renewed at half of it. Soon enough for a machine that has slept longer than that. */
const LOOK_EVERY_MS = 60_000;

/**
 * The identities of this checkout, which are kept renewed; undefined where `WAYBILL_MTLS` is off. The authority's key is in
 * `ca`, beside them: no service is told of it.
 * @param {string} folder `.waybill`
 * @param {(path: string) => Promise<any>} load what was built
 * @returns {Promise<{ folderOf: (identity: string) => string, has: (name: string) => boolean, close: () => void } | undefined>}
 */
export async function keepIdentities(folder, load) {
  if (process.env.WAYBILL_MTLS === 'off') return undefined;
  const { IDENTITIES } = await load('libs/contracts/callers.js');
  const root = resolve(folder, 'identities');
  const renew = async () => {
    const { openAuthority } = await load('libs/security/authority.js');
    const { renewIdentities } = await load('libs/security/identity-folder.js');
    await renewIdentities(await openAuthority(join(folder, 'ca')), { root, identities: IDENTITIES });
  };
  await renew();
  // What fails now is tried again many times before anything ends; by then somebody must know why.
  let said = '';
  const look = () =>
    renew().then(
      () => (said = ''),
      ({ message }) => {
        if (message !== said) sayWarning('certificates', `cannot be renewed, and end within a day: ${message}`);
        said = message;
      },
    );
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return {
    folderOf: (identity) => join(root, identity),
    has: (name) => IDENTITIES.includes(name),
    close: () => clearInterval(timer),
  };
}
