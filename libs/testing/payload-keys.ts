import { Keyring } from '#libs/temporal/keyring.js';

/** A key as `<id>:<32 bytes in base64>`, all of them the same byte. Encrypts what is nobody's: recorded histories, and tests'. */
export function testKey(id: string, byte = 1): string {
  return `${id}:${Buffer.alloc(32, byte).toString('base64')}`;
}

export const TEST_KEYS = Keyring.parse(testKey('test'));
