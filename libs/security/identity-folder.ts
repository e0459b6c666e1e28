import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Identity } from '#libs/contracts/callers.js';
import type { Authority, Credentials } from './authority.js';
import { identityIn } from './identity.js';
import { replaceFile } from './replace-file.js';

/** The files of an identity. `tls` of run.json names them likewise. */
export interface IdentityFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export function filesIn(folder: string): IdentityFiles {
  return { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
}

/** @throws Error when a file is missing */
export function readIdentity({ ca, cert, key }: IdentityFiles): Credentials {
  return { ca: readFileSync(ca, 'utf8'), certificate: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** Files are replaced one by one: who reads in between finds a key that is not the certificate's, and reads again. */
export async function writeIdentity(folder: string, { ca, certificate, key }: Credentials): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = filesIn(folder);
  await replaceFile(files.ca, ca, 0o644);
  await replaceFile(files.key, key, 0o600);
  await replaceFile(files.cert, certificate, 0o644);
}

export interface IdentityState {
  readonly identity: Identity;
  readonly validFrom: Date;
  readonly validTo: Date;
}

/**
 * What stands in an identity's certificate; undefined where nobody could start with it: where there is none, or one of another
 * authority, or a file that is not whole, or another key's, as whoever was stopped between two files leaves it.
 */
export async function lookAtIdentity(folder: string, ca: string): Promise<IdentityState | undefined> {
  const files = filesIn(folder);
  const [known, pem, key] = await Promise.all(
    [files.ca, files.cert, files.key].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const certificate = known === ca ? certificateOf(pem ?? '', key ?? '') : undefined;
  const identity = identityIn(certificate?.subjectAltName);
  if (!certificate || identity === undefined || !certificate.verify(new X509Certificate(ca).publicKey))
    return undefined;
  return { identity, validFrom: certificate.validFromDate, validTo: certificate.validToDate };
}

function certificateOf(pem: string, key: string): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(pem);
    return certificate.checkPrivateKey(createPrivateKey(key)) ? certificate : undefined;
  } catch {
    return undefined; // not whole: as good as none
  }
}

/** Identities by name, each in a folder of its own under `root`. */
export interface IdentityPlan {
  readonly root: string;
  readonly identities: readonly Identity[];
  readonly lifetimeMs?: number;
}

/** Gives every identity a new key and certificate. */
export async function rotateIdentities(authority: Authority, { root, identities, lifetimeMs }: IdentityPlan) {
  for (const identity of identities)
    await writeIdentity(join(root, identity), await authority.issue(identity, lifetimeMs));
}

/**
 * Gives a certificate to who has none that could be used, and a new one to whose is past half its time.
 * @returns who got one
 */
export async function renewIdentities(authority: Authority, plan: IdentityPlan): Promise<Identity[]> {
  const states = await Promise.all(
    plan.identities.map((identity) => lookAtIdentity(join(plan.root, identity), authority.ca)),
  );
  const due = plan.identities.filter((identity, place) => {
    const state = states[place];
    return state?.identity !== identity || !inFirstHalf(state);
  });
  await rotateIdentities(authority, { ...plan, identities: due });
  return due;
}

/** One that begins in the future was made before the clock was set back: nobody believes it until then. */
function inFirstHalf({ validFrom, validTo }: IdentityState): boolean {
  const [from, to, now] = [validFrom.getTime(), validTo.getTime(), Date.now()];
  return from <= now && now <= (from + to) / 2;
}
