import 'reflect-metadata';
import { createPrivateKey, KeyObject, type webcrypto } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Identity } from '#libs/contracts/callers.js';
import { identityUri } from './identity.js';
import { replaceFile } from './replace-file.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60_000;
export const CERTIFICATE_LIFETIME_MS = DAY_MS;
const AUTHORITY_LIFETIME_MS = 3_650 * DAY_MS;
/** Clocks of other machines may be behind. */
const BACKDATED_MS = 5 * 60_000;
const KEY_FILE = 'ca-key.pem';
const CERTIFICATE_FILE = 'ca.pem';

/** What proves an identity, as PEM: a certificate, its key, and whose certificates are believed. */
export interface Credentials {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** A small certificate authority for the services of one system. Whoever has its folder can be anybody: no service ever gets it. */
export interface Authority {
  /** PEM of its own certificate. */
  readonly ca: string;
  /** A new key each time; a certificate of a day unless said otherwise. */
  issue(identity: Identity, lifetimeMs?: number): Promise<Credentials>;
}

/** Opens the authority that lives in a folder, and makes it there the first time. Its key is readable by its owner only. */
export async function openAuthority(folder: string): Promise<Authority> {
  const [keyFile, certificateFile] = [join(folder, KEY_FILE), join(folder, CERTIFICATE_FILE)];
  if (!existsSync(certificateFile)) await makeAuthority(folder);
  const ca = await readFile(certificateFile, 'utf8');
  const signingKey = createPrivateKey(await readFile(keyFile)).toCryptoKey(ALGORITHM, false, ['sign']);
  const issuer = new X509Certificate(ca);
  return {
    ca,
    issue: async (identity, lifetimeMs = CERTIFICATE_LIFETIME_MS) => {
      const { publicKey, privateKey } = await makeKeys();
      const certificate = await X509CertificateGenerator.create({
        issuer: issuer.subjectName,
        subject: `CN=${identity}`,
        ...lasting(lifetimeMs),
        publicKey,
        signingKey,
        signingAlgorithm: ALGORITHM,
        extensions: extensionsOf(identity),
      });
      return { ca, certificate: pemOf(certificate), key: privatePem(privateKey) };
    },
  };
}

/** The certificate comes last: where it is, the key is. */
async function makeAuthority(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Waybill internal CA',
    ...lasting(AUTHORITY_LIFETIME_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  await replaceFile(join(folder, KEY_FILE), privatePem(keys.privateKey), 0o600);
  await replaceFile(join(folder, CERTIFICATE_FILE), pemOf(certificate), 0o644);
}

/** Each service serves and calls. Its name is in it for our own clients, this machine's for those that people write. */
function extensionsOf(identity: Identity) {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension([
      { type: 'url', value: identityUri(identity) },
      { type: 'dns', value: identity },
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
    ]),
  ];
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function lasting(lifetimeMs: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(Date.now() - BACKDATED_MS), notAfter: new Date(Date.now() + lifetimeMs) };
}

function privatePem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trimEnd()}\n`;
}
