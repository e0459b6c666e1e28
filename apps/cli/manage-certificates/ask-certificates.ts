import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { IDENTITIES } from '#libs/contracts/callers.js';
import { lookAtIdentity } from '#libs/security/identity-folder.js';

/** Whether each identity has a certificate that is valid now, of the authority whose own certificate is given. */
export async function allValid(root: string, ca: string): Promise<boolean> {
  const found = await Promise.all(IDENTITIES.map((name) => lookAtIdentity(join(root, name), ca)));
  return found.every((state) => state !== undefined && state.validTo.getTime() > Date.now());
}

/**
 * The health check of the container that renews certificates: exits with 0 where `waybill ca show` would. Without the command
 * line, which takes a busy machine longer to load than a health check may last.
 */
async function askCertificates({
  WAYBILL_CA_DIR = '',
  WAYBILL_IDENTITIES_DIR = '',
}: NodeJS.ProcessEnv): Promise<boolean> {
  const ca = await readFile(join(WAYBILL_CA_DIR, 'ca.pem'), 'utf8').catch(() => undefined); // none yet
  return ca !== undefined && allValid(WAYBILL_IDENTITIES_DIR, ca);
}

const isProgram = import.meta.url === pathToFileURL(process.argv[1] ?? '').href;
if (isProgram) process.exit((await askCertificates(process.env)) ? 0 : 1);
