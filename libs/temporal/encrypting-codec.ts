import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { Keyring, PayloadKey } from './keyring.js';
import { READABLE } from './readable.js';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

export const ENCRYPTED = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = 'encryption-key-id';

const PLAIN = 'json/plain';
/** What may be read without a key. */
const READABLE_BEGINNINGS = [
  // Words for people: a string that begins with the mark.
  Buffer.from(`"${READABLE}`),
  // Temporal's own question after a workflow's handlers and current details. Nothing of ours begins so.
  Buffer.from('{"definition":{"type":'),
];

/** A payload that cannot be decrypted. `code` says what to look for. */
export class UndecodablePayload extends Error {
  override readonly name = 'UndecodablePayload';

  constructor(
    readonly code: 'UNKNOWN_KEY' | 'NOT_AUTHENTIC',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Encrypts all that Temporal keeps of an order, so that neither its database nor whoever may read its API learns names,
 * addresses and payment methods. Each payload has an IV of its own, and is bound to its key's id. What was changed on the way is
 * refused. What came in clear text, from before there were keys, is read as it is.
 */
export class EncryptingCodec implements PayloadCodec {
  constructor(private readonly keys: Keyring) {}

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isReadable(payload) ? payload : encrypt(payload, this.keys.newest)));
  }

  /** @throws UndecodablePayload */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.decrypt(payload) : payload));
  }

  private decrypt({ metadata, data }: Payload): Payload {
    const id = textOf(metadata?.[KEY_ID]);
    const key = this.keys.find(id);
    if (key === undefined)
      throw new UndecodablePayload(
        'UNKNOWN_KEY',
        `A payload was encrypted with the key ${JSON.stringify(id)}, which is not known here: add it to the keys`,
      );
    return decrypt(Buffer.from(data ?? []), key);
  }
}

function encrypt(payload: Payload, { id, secret }: PayloadKey): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, secret, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(id));
  const parts = [cipher.update(PayloadMessage.encode(payload).finish()), cipher.final()];
  return {
    metadata: {
      encoding: Buffer.from(ENCRYPTED),
      'encryption-cipher': Buffer.from(CIPHER),
      [KEY_ID]: Buffer.from(id),
    },
    data: Buffer.concat([iv, ...parts, cipher.getAuthTag()]),
  };
}

function decrypt(data: Buffer, { id, secret }: PayloadKey): Payload {
  try {
    const [iv, tag] = [data.subarray(0, IV_BYTES), data.subarray(-TAG_BYTES)];
    const decipher = createDecipheriv(CIPHER, secret, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(id)).setAuthTag(tag);
    const clear = Buffer.concat([decipher.update(data.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    return PayloadMessage.decode(clear);
  } catch (cause) {
    const message = `A payload encrypted with the key ${id} is not what was encrypted, or the key is another one of that name`;
    throw new UndecodablePayload('NOT_AUTHENTIC', message, { cause });
  }
}

export function isEncrypted({ metadata }: Payload): boolean {
  return textOf(metadata?.['encoding']) === ENCRYPTED;
}

function isReadable({ metadata, data }: Payload): boolean {
  if (!data || textOf(metadata?.['encoding']) !== PLAIN) return false;
  return READABLE_BEGINNINGS.some((beginning) => beginning.equals(data.subarray(0, beginning.length)));
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes ? Buffer.from(bytes).toString() : '';
}
