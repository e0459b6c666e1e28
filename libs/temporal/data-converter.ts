import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { EncryptingCodec } from './encrypting-codec.js';
import type { Keyring } from './keyring.js';

/** Also for whoever bundles the workflows: they fail by it too. */
export const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/** What workers and clients have in common: everything that Temporal gets from them is encrypted, failures included. */
export function encryptedBy(keys: Keyring): DataConverter {
  return { payloadCodecs: [new EncryptingCodec(keys)], failureConverterPath: FAILURE_CONVERTER };
}
