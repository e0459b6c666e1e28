import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '#libs/testing/eventually.js';

const HERE = import.meta.dirname;
const children: ChildProcess[] = [];
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-engines-'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

/** A process of its own that runs `code` with the named module's exports in scope as `it`, and `dir`. */
function run(module: string, code: string): { child: ChildProcess; said: () => string; end: Promise<number | null> } {
  const program = `const dir = ${JSON.stringify(dir)};
    const it = await import(${JSON.stringify(join(HERE, module))});
    const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
    const stay = () => new Promise(() => setInterval(() => {}, 1000));
    ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const end = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, said: () => output, end };
}

async function answer<T>(module: string, code: string): Promise<T> {
  const process = run(module, code);
  expect(await process.end).toBe(0);
  return JSON.parse(process.said()) as T;
}

async function sayingLine(process: { said: () => string }): Promise<string> {
  return await eventually(() => {
    const [line, rest] = process.said().split('\n');
    expect(rest).toBeDefined();
    return line ?? '';
  });
}

function sleeper(): { pid: number; end: Promise<NodeJS.Signals | null> } {
  const child = spawn('sleep', ['600']);
  children.push(child);
  const end = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  return { pid: child.pid ?? 0, end };
}

describe('leftovers', () => {
  const started = (pid: number) => answer<string | null>('identity.mjs', `say(it.startTimeOf(${pid}) ?? null)`);
  const record = (entries: object[]) => writeFileSync(join(dir, 'processes.json'), JSON.stringify(entries));
  const endLeftovers = () => answer<{ pid: number }[]>('leftovers.mjs', 'say(await it.endLeftovers(dir, 2000))');

  it('are ended when the next launcher opens the folder', async () => {
    const left = sleeper();
    record([{ pid: left.pid, started: await started(left.pid), name: 'sleep', command: 'sleep' }]);

    const told = await answer('leftovers.mjs', 'await it.openRegistry(dir, say); process.exit(0)');

    expect(told).toMatchObject([{ pid: left.pid }]);
    expect(await left.end).toBe('SIGTERM');
  });

  it('are no processes that have the pid, but started at another time', async () => {
    const foreign = sleeper();
    const since = await started(foreign.pid);
    record([{ pid: foreign.pid, started: `${since}0`, name: 'sleep', command: 'sleep' }]);

    expect(await endLeftovers()).toEqual([]);

    expect(await started(foreign.pid)).toBe(since);
  });

  it('are killed when they do not end as told', async () => {
    const deaf = run('identity.mjs', `process.on('SIGTERM', () => {}); say(it.identityOf(process.pid)); await stay();`);
    const identity = JSON.parse(await sayingLine(deaf)) as object;
    record([{ ...identity, name: 'deaf', command: 'node' }]);

    await answer('leftovers.mjs', 'say(await it.endLeftovers(dir, 200))');

    await deaf.end;
    expect(deaf.child.signalCode).toBe('SIGKILL');
  });

  it('are not those of a launcher that lives: its folder is refused until it is gone', async () => {
    const first = run('leftovers.mjs', `await it.openRegistry(dir); say('open'); await stay();`);
    await sayingLine(first);
    const open = `say(await it.openRegistry(dir).then(() => 'open', (error) => error.code)); process.exit(0)`;

    expect(await answer('leftovers.mjs', open)).toBe('ALREADY_RUNNING');

    first.child.kill('SIGKILL');
    await first.end;
    expect(await answer('leftovers.mjs', open)).toBe('open');
  });

  it('are none of a launcher that was killed, at the latest when the next one opens the folder', async () => {
    const launch = `const { start } = await import(${JSON.stringify(join(HERE, 'spawn.mjs'))});
      const registry = await it.openRegistry(dir);
      const { pid } = await start({ name: 'sleep', command: 'sleep', args: ['600'], log: dir + '/log', registry });
      say(pid); await stay();`;
    const launcher = run('leftovers.mjs', launch);
    const pid = Number(await sayingLine(launcher));

    launcher.child.kill('SIGKILL');
    await launcher.end;
    await answer('leftovers.mjs', `const registry = await it.openRegistry(dir); registry.close(); say('open')`);

    expect(await started(pid)).toBeNull();
  });
});

describe('cache', () => {
  const fill = (produce: string) => `const fs = await import('node:fs');
    const entry = await it.fill({ XDG_CACHE_HOME: dir }, 'thing-1.0', async (folder) => { ${produce} });
    say(fs.readFileSync(entry.folder + '/made-by', 'utf8'));`;
  const slowly = `fs.appendFileSync(dir + '/produced', 'x'); await new Promise((done) => setTimeout(done, 300));
    fs.writeFileSync(folder + '/made-by', String(process.pid));`;

  it('is filled once by two runs at once', async () => {
    const makers = await Promise.all([1, 2].map(() => answer<string>('cache.mjs', fill(slowly))));

    expect(new Set(makers).size).toBe(1);
    expect(readFileSync(join(dir, 'produced'), 'utf8')).toBe('x');
  });

  it('holds nothing of a run that was killed in the middle, and the next run fills it', async () => {
    const killed = run('cache.mjs', fill(`fs.writeFileSync(folder + '/made-by', 'half'); say('half'); await stay();`));
    await sayingLine(killed);
    killed.child.kill('SIGKILL');
    await killed.end;
    expect(existsSync(join(dir, 'waybill', 'thing-1.0'))).toBe(false);

    expect(await answer<string>('cache.mjs', fill(slowly))).toMatch(/^\d+$/);
  });

  it('keeps no entry whose making failed', async () => {
    const code = `const fs = await import('node:fs');
      const failed = await it.fill({ XDG_CACHE_HOME: dir }, 'thing-1.0', async () => { throw new Error('no network'); }).catch((e) => e.message);
      say([failed, fs.readdirSync(dir + '/waybill')]);`;
    expect(await answer('cache.mjs', code)).toEqual(['no network', []]);
  });
});

describe('ports', () => {
  const choose = () =>
    answer<Record<string, number>>('ports.mjs', `say(await it.choosePorts(dir, ['first', 'second']))`);
  const listenOn = (port: number) =>
    new Promise<Server>((resolve) => {
      const server = createServer();
      server.listen(port, '127.0.0.1', () => resolve(server));
    });

  it('stay the same from one start to the next', async () => {
    const chosen = await choose();

    expect(chosen.first).not.toBe(chosen.second);
    expect(await choose()).toEqual(chosen);
  });

  it('are chosen anew only where somebody else took one', async () => {
    const before = await choose();
    const other = await listenOn(before.first ?? 0);
    try {
      const after = await choose();
      expect(after.first).not.toBe(before.first);
      expect(after.first).not.toBe(after.second);
      expect(after.second).toBe(before.second);
    } finally {
      other.close();
    }
  });
});

describe('search', () => {
  const search = (rungs: string) =>
    `say(await it.search('Thing', [${rungs}], 'Install Thing.').catch(({ code, message }) => ({ code, message })));`;
  const without = `{ source: 'path', find: () => undefined }`;
  const failing = `{ source: 'vendor', find: () => { throw new Error('no network'); } }`;
  const having = (source: string) => `{ source: '${source}', find: async () => ({ binary: '/bin/thing' }) }`;

  it('takes the first rung that has the engine, whatever failed before', async () => {
    const code = search([without, failing, having('registry'), having('container')].join(', '));

    expect(await answer('search.mjs', code)).toEqual({ source: 'registry', binary: '/bin/thing' });
  });

  it('says what was tried and what to do when an engine is nowhere', async () => {
    const failure = await answer<{ code: string; message: string }>(
      'search.mjs',
      search([without, failing].join(', ')),
    );

    expect(failure.code).toBe('ENGINE_UNAVAILABLE');
    expect(failure.message).toMatch(/path: not there\n.*vendor: no network\nInstall Thing\./);
  });

  it.each([
    ['postgres', 'WAYBILL_POSTGRES_URL', 'postgres://a:b@127.0.0.1:1/postgres'],
    ['rabbitmq', 'WAYBILL_RABBITMQ_URL', 'amqp://a:b@127.0.0.1:1'],
    ['temporal', 'WAYBILL_TEMPORAL_ADDRESS', '127.0.0.1:1'],
  ])(
    'starts no %s of its own beside one that is given, and says when that one does not answer',
    async (engine, variable, url) => {
      const env = JSON.stringify({ [variable]: url });
      const code = `say(await it.startEngine('${engine}', {}, { dir, env: ${env} }).catch(({ code, remedy }) => ({ code, remedy })));`;
      const failure = await answer<{ code: string; remedy: string }>('engines.mjs', code);

      expect(failure.code).toBe('ENGINE_UNAVAILABLE');
      expect(failure.remedy).toContain(variable);
    },
  );
});
