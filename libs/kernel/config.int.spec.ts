import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { loadConfig, maskConfig, serviceConfig } from './config.js';
import { z } from 'zod';

const folder = mkdtempSync(join(tmpdir(), 'waybill-config-'));
const file = join(folder, 'secret');
const schema = serviceConfig.extend({ WAYBILL_PAYMENT_WEBHOOK_SECRET: z.string().min(1) });
const NAMES = ['WAYBILL_PROBE_LISTEN', 'WAYBILL_PAYMENT_WEBHOOK_SECRET', 'WAYBILL_PAYMENT_WEBHOOK_SECRET_FILE'];

function given(variables: Readonly<Record<string, string>>) {
  Object.assign(process.env, { WAYBILL_PROBE_LISTEN: '127.0.0.1:0', ...variables });
  return () => loadConfig('test', schema);
}
afterEach(() => NAMES.forEach((name) => delete process.env[name]));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a secret', () => {
  it('is taken from the file that is named, without the line’s end', () => {
    writeFileSync(file, 'marked-secret\n');
    const load = given({ WAYBILL_PAYMENT_WEBHOOK_SECRET_FILE: file });
    expect(load().WAYBILL_PAYMENT_WEBHOOK_SECRET).toBe('marked-secret');
  });

  it('is not logged with the rest, nor is a password in a URL', () => {
    const masked = JSON.stringify(
      maskConfig({
        WAYBILL_PAYMENT_WEBHOOK_SECRET: 'marked-secret',
        STRIPE_API_KEY: 'marked-secret',
        WAYBILL_DATABASE_URL: 'postgres://me:marked-secret@127.0.0.1/db',
        WAYBILL_REDIS_URL: 'redis://:marked-secret@127.0.0.1',
      }),
    );
    expect(masked).not.toContain('marked-secret');
  });

  it('in a file that is not there, or given twice, keeps the service from starting, and says why', () => {
    expect(given({ WAYBILL_PAYMENT_WEBHOOK_SECRET_FILE: join(folder, 'none') })).toThrow(/_FILE: .* cannot be read/);
    writeFileSync(file, 'one');
    const twice = { WAYBILL_PAYMENT_WEBHOOK_SECRET_FILE: file, WAYBILL_PAYMENT_WEBHOOK_SECRET: 'other' };
    expect(given(twice)).toThrow(/not both/);
  });
});
