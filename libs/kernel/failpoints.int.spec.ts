import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { failpoint, switchOnFailpoints } from './failpoints.js';

const NAME = 'charge-order.after-confirm';
const ORDER = '0199f2a0-0000-7000-8000-000000000001';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-failpoints-'));
  switchOnFailpoints('payments', folder);
});
afterEach(() => {
  switchOnFailpoints('payments', undefined);
  rmSync(folder, { recursive: true });
});

const armed = (): string => join(folder, `payments.${NAME}`);
const arm = (effect: string): void => writeFileSync(armed(), `${effect}\n`);
const hits = (): unknown[] =>
  existsSync(join(folder, 'hits.ndjson'))
    ? readFileSync(join(folder, 'hits.ndjson'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)
    : [];

describe('a failpoint', () => {
  it('does nothing while it is off, armed or not', async () => {
    arm('kill');
    switchOnFailpoints('payments', undefined);
    await failpoint(NAME, ORDER);
    expect(existsSync(armed())).toBe(true);
    expect(hits()).toEqual([]);
  });

  it('is taken by one of many who come by, and writes down whom it met', async () => {
    arm('pause 1');
    await Promise.all(Array.from({ length: 20 }, () => failpoint(NAME, ORDER)));
    expect(hits()).toEqual([
      expect.objectContaining({ failpoint: NAME, service: 'payments', effect: 'pause 1', about: ORDER }),
    ]);
    expect(existsSync(armed())).toBe(false);
  });

  it('lets pass what concerns no order, and what another service armed', async () => {
    arm('pause 1');
    await failpoint(NAME);
    switchOnFailpoints('shipping', folder);
    await failpoint(NAME, ORDER);
    expect(hits()).toEqual([]);
  });

  it('refuses an effect that it does not know', async () => {
    arm('explode');
    await expect(failpoint(NAME, ORDER)).rejects.toThrow('say kill, stop or pause <ms>');
  });

  it('kills its process there and then, once it has written that down', async () => {
    arm('kill');
    const program = `
      import { failpoint, switchOnFailpoints } from './libs/kernel/failpoints.ts';
      switchOnFailpoints('payments', ${JSON.stringify(folder)});
      await failpoint('${NAME}', '${ORDER}');
      console.log('alive');`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
    let said = '';
    child.stdout.on('data', (chunk) => (said += String(chunk)));
    const signal = await new Promise((resolve) => child.once('exit', (_code, how) => resolve(how)));
    expect(signal).toBe('SIGKILL');
    expect(said).toBe('');
    expect(hits()).toEqual([expect.objectContaining({ effect: 'kill', pid: child.pid, about: ORDER })]);
  });
});
