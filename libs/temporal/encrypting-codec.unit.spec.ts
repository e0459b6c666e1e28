import { describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { testKey } from '#libs/testing/payload-keys.js';
import { EncryptingCodec } from './encrypting-codec.js';
import { Keyring } from './keyring.js';
import { readable } from './readable.js';

const codecOf = (...keys: readonly string[]) => new EncryptingCodec(Keyring.parse(keys.join('\n')));
const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const ORDER = { order: { name: 'Ada Lovelace', paymentMethod: 'pm_ok' } };

async function encrypted(value: unknown, codec: EncryptingCodec): Promise<Payload> {
  const [payload] = await codec.encode([payloadOf(value)]);
  if (payload === undefined) throw new Error('One payload in, one payload out');
  return payload;
}
async function decrypted(payload: Payload, codec: EncryptingCodec): Promise<unknown> {
  const [clear] = await codec.decode([payload]);
  return clear && defaultPayloadConverter.fromPayload(clear);
}
const textOf = ({ metadata, data }: Payload): string =>
  [...Object.values(metadata ?? {}), data ?? new Uint8Array()].map((bytes) => Buffer.from(bytes).toString()).join('|');

describe('payloads', () => {
  const [old, young] = [testKey('old', 1), testKey('young', 2)];

  it.each([[ORDER], ['a word'], [null], [[]], [undefined], [new Uint8Array([1, 2, 3])]])(
    'given %j, it comes back as it was, and nothing of it can be read meanwhile',
    async (value) => {
      const codec = codecOf(old);
      const payload = await encrypted(value, codec);
      expect(textOf(payload)).toMatch(/^binary\/encrypted\|aes-256-gcm\|old\|/);
      expect(textOf(payload)).not.toMatch(/Ada|pm_ok|a word|json/);
      expect(await decrypted(payload, codec)).toEqual(value);
    },
  );

  it('are never encrypted alike', async () => {
    const codec = codecOf(old);
    expect(await encrypted(ORDER, codec)).not.toEqual(await encrypted(ORDER, codec));
  });

  it('given a newer key comes first, are encrypted by that, and the older ones stay readable', async () => {
    const before = await encrypted(ORDER, codecOf(old));
    const rotated = codecOf(young, old);
    expect(await decrypted(before, rotated)).toEqual(ORDER);
    const after = await encrypted(ORDER, rotated);
    expect(await decrypted(after, codecOf(young))).toEqual(ORDER);
  });

  it('of a key that is not known are refused, and it says which', async () => {
    const payload = await encrypted(ORDER, codecOf(young));
    const refused = codecOf(old).decode([payload]);
    await expect(refused).rejects.toMatchObject({ name: 'UndecodablePayload', code: 'UNKNOWN_KEY' });
    await expect(refused).rejects.toThrow('"young"');
  });

  it('that were changed anywhere, cut short, or given to another key of that name, are refused', async () => {
    const payload = await encrypted(ORDER, codecOf(old, testKey('other', 1)));
    const data = Buffer.from(payload.data ?? []);
    const changed = [...data.keys()].map((at) =>
      Buffer.from(data.map((byte, place) => (place === at ? byte ^ 1 : byte))),
    );
    const wrong: Payload[] = [
      ...[...changed, data.subarray(1), data.subarray(0, 20), Buffer.alloc(0)].map((each) => ({
        ...payload,
        data: each,
      })),
      // The same key under another name: what is encrypted is bound to the name as well.
      { ...payload, metadata: { ...payload.metadata, 'encryption-key-id': Buffer.from('other') } },
    ];
    for (const each of wrong)
      await expect(codecOf(old, testKey('other', 1)).decode([each])).rejects.toMatchObject({ code: 'NOT_AUTHENTIC' });
    await expect(codecOf(testKey('old', 9)).decode([payload])).rejects.toMatchObject({ code: 'NOT_AUTHENTIC' });
  });

  it('in clear text, from before there were keys, are read as they are', async () => {
    expect(await decrypted(payloadOf(ORDER), codecOf(old))).toEqual(ORDER);
  });

  it('that are words for people, or the answer to Temporal’s own question, are left readable; all else that looks like it is not', async () => {
    const codec = codecOf(old);
    const metadata = { definition: { type: 'fulfilOrder' }, currentDetails: 'Waits for the carrier' };
    for (const value of [readable('Charging the payment'), metadata])
      expect(await codec.encode([payloadOf(value)])).toEqual([payloadOf(value)]);
    for (const value of [{ note: readable('x') }, [readable('x')], { definition: 'x' }])
      expect(textOf(await encrypted(value, codec))).toMatch(/^binary\/encrypted/);
  });
});

describe('a keyring', () => {
  it('takes its keys from lines or from commas, the newest first', () => {
    const keys = Keyring.parse(`${testKey('b')},${testKey('a')}\n  ${testKey('c')}\n`);
    expect(keys.all.map(({ id }) => id)).toEqual(['b', 'a', 'c']);
    expect(keys.newest.id).toBe('b');
  });

  it.each([
    ['', 'There is no key'],
    [`${testKey('a')} ${testKey('a', 2)}`, 'Two keys for Temporal’s payloads are called a'],
    ['a:c2hvcnQ=', 'Key 1'],
    [`${testKey('a')} secret`, 'Key 2'],
  ])('given %j, says what is wrong, and nothing of the keys', (text, message) => {
    expect(() => Keyring.parse(text)).toThrow(message);
    expect(() => Keyring.parse(text)).not.toThrow(/secret|c2hv|AQEB/);
  });
});
