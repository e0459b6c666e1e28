import { createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigurationError } from '#libs/kernel/config.js';
import { messageOf } from '#libs/kernel/errors.js';

const KEY_BYTES = 32;
const KEY = /^([\w.-]{1,64}):([A-Za-z0-9+/]{43}=)$/;

export interface PayloadKey {
  /** Travels with what is encrypted by it. */
  readonly id: string;
  readonly secret: KeyObject;
}

/** The keys of Temporal's payloads: the first one encrypts, each of them decrypts what it has encrypted. */
export class Keyring {
  private readonly byId: ReadonlyMap<string, PayloadKey>;

  private constructor(
    readonly newest: PayloadKey,
    readonly all: readonly PayloadKey[],
  ) {
    this.byId = new Map(all.map((key) => [key.id, key]));
  }

  find(id: string): PayloadKey | undefined {
    return this.byId.get(id);
  }

  /**
   * @param text `<id>:<32 bytes in base64>`, newest first, separated by commas or white space.
   * @throws ConfigurationError that says what is wrong, and nothing of the keys.
   */
  static parse(text: string): Keyring {
    const keys = text
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(keyOf);
    const [newest] = keys;
    if (newest === undefined) throw new ConfigurationError('There is no key for Temporal’s payloads');
    const twice = keys.find(({ id }, place) => keys.findIndex((key) => key.id === id) !== place);
    if (twice) throw new ConfigurationError(`Two keys for Temporal’s payloads are called ${twice.id}`);
    return new Keyring(newest, keys);
  }
}

function keyOf(entry: string, place: number): PayloadKey {
  const [, id = '', secret = ''] = KEY.exec(entry) ?? [];
  const bytes = Buffer.from(secret, 'base64');
  if (id !== '' && bytes.length === KEY_BYTES) return { id, secret: createSecretKey(bytes) };
  throw new ConfigurationError(
    `Key ${place + 1} for Temporal’s payloads is not <id>:<${KEY_BYTES} bytes in base64>. ` +
      'Make one: echo "$(date +%F):$(openssl rand -base64 32)"',
  );
}

/** @throws ConfigurationError unless one of the two is given, and readable. */
export function loadKeyring({
  keys,
  file,
}: {
  readonly keys?: string | undefined;
  readonly file?: string | undefined;
}): Keyring {
  if (keys !== undefined) return Keyring.parse(keys);
  if (file === undefined)
    throw new ConfigurationError(
      'Set WAYBILL_TEMPORAL_KEYS_FILE or WAYBILL_TEMPORAL_KEYS: Temporal gets no payload in clear text',
    );
  try {
    return Keyring.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigurationError(`WAYBILL_TEMPORAL_KEYS_FILE: ${messageOf(error)}`);
  }
}
