import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** A certificate, with those that lead to its authority, and its key: both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** @throws Error when a file is missing, or while one is already new and the other is not */
export function readKeyPair(files: { readonly cert: string; readonly key: string }): KeyPair {
  return matching({ certificate: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') });
}

/** @throws Error while one file is already new and the other is not */
export function matching<Pair extends KeyPair>(pair: Pair): Pair {
  if (!new X509Certificate(pair.certificate).checkPrivateKey(createPrivateKey(pair.key)))
    throw new Error('the key is not that of the certificate');
  return pair;
}

/** Another text as soon as one of the files is another, or was written again. */
export function changesOf(files: object): string {
  return Object.values(files)
    .map((file: string) => {
      const { mtimeMs, ino } = statSync(file);
      return `${ino}@${mtimeMs}`;
    })
    .join(' ');
}
