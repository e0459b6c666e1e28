import { z } from 'zod';
import { readRun, UserError, type Run } from '../run-file/run-file.js';
import { bold, dim, green, print, red, yellow } from '../terminal/style.js';
import { table } from '../terminal/table.js';
import { showReadiness } from './show-readiness.js';

const unit = z.object({
  name: z.string(),
  state: z.enum(['stopped', 'starting', 'ready', 'held']),
  pid: z.number().nullable(),
  restarts: z.number(),
});
type Unit = z.infer<typeof unit>;

export interface Output {
  readonly json?: boolean;
}

/** Every process of the system: is it up, which pid, how often was it started again. */
export async function showStatus({ json = false }: Output): Promise<void> {
  const run = readRun();
  if (run.control === undefined) return showReadiness(run, { json });
  const units = z.array(unit).parse(await ask(run.control, 'GET', '/status'));
  if (json) return print(JSON.stringify({ gateway: run.gateway.url, temporal: run.temporal.ui, units }, null, 2));
  print(
    table(
      ['process', 'state', 'pid', 'restarts'],
      units.map(({ name, state, pid, restarts }) => [name, stateInColour(state), pid ?? '–', restarts]),
    ),
  );
  print(`\n  ${bold('API')} ${run.gateway.url}/docs   ${bold('Temporal')} ${run.temporal.ui ?? run.temporal.address}`);
}

/** Ends a service or engine and holds it down until `waybill start`. */
export async function holdDown(name: string, { json = false }: Output): Promise<void> {
  const held = unit.parse(await command('stop', name));
  print(
    json
      ? JSON.stringify(held)
      : `  ${yellow('■')} ${held.name} is held down; \`npx waybill start ${held.name}\` brings it back`,
  );
}

export async function startAgain(name: string, { json = false }: Output): Promise<void> {
  const started = unit.parse(await command('start', name));
  print(
    json ? JSON.stringify(started) : `  ${green('✓')} ${started.name} is ${started.state} (pid ${started.pid ?? '–'})`,
  );
}

function command(verb: 'stop' | 'start', name: string): Promise<unknown> {
  const { control } = readRun();
  if (control === undefined)
    throw new UserError(`Containers are stopped and started from outside: \`docker compose ${verb} ${name}\``);
  return ask(control, 'POST', `/${verb}/${name}`);
}

async function ask(control: NonNullable<Run['control']>, method: string, path: string): Promise<unknown> {
  const response = await fetch(control.url + path, {
    method,
    headers: { authorization: `Bearer ${control.token}` },
  }).catch(() => undefined);
  if (response === undefined) throw new UserError('The system that ran here has ended. Start it by `npm start`.');
  const body: unknown = await response.json();
  if (!response.ok) throw new UserError(z.object({ error: z.string() }).parse(body).error);
  return body;
}

function stateInColour(state: Unit['state']): string {
  switch (state) {
    case 'ready':
      return green(state);
    case 'held':
      return red('held down');
    case 'starting':
      return yellow(state);
    case 'stopped':
      return dim(state);
  }
}
