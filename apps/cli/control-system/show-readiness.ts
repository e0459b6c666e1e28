import { z } from 'zod';
import type { Run } from '../run-file/run-file.js';
import { bold, green, print, red, yellow } from '../terminal/style.js';
import { table } from '../terminal/table.js';

const TIMEOUT_MS = 3_000;
const report = z.object({ ready: z.boolean(), checks: z.record(z.string(), z.string()) });

interface Readiness {
  readonly name: string;
  readonly state: 'ready' | 'not ready' | 'no answer';
  /** Of what it depends on: what is not well, and why. */
  readonly problems: readonly string[];
}

/** What the services say of themselves; restarts and pids are the container engine's to tell. */
export async function showReadiness(
  { gateway, temporal, services }: Run,
  { json }: { readonly json: boolean },
): Promise<void> {
  const api = gateway.published ?? gateway.url;
  const units = await Promise.all(
    Object.entries(services).map(([name, { metrics }]) => askReadiness(name, new URL('/readyz', metrics))),
  );
  if (json) return print(JSON.stringify({ gateway: api, temporal: temporal.ui, units }, null, 2));
  print(
    table(
      ['service', 'state', 'what it waits for'],
      units.map(({ name, state, problems }) => [name, stateInColour(state), problems.join('; ') || '–']),
    ),
  );
  print(`\n  ${bold('API')} ${api}/docs   ${bold('Temporal')} ${temporal.ui ?? temporal.address}`);
}

async function askReadiness(name: string, url: URL): Promise<Readiness> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => undefined);
  if (response === undefined)
    return { name, state: 'no answer', problems: [`\`docker compose logs ${name}\` says why`] };
  const { ready, checks } = report.parse(await response.json());
  const problems = Object.entries(checks).filter(([, result]) => result !== 'ok');
  return {
    name,
    state: ready ? 'ready' : 'not ready',
    problems: problems.map(([dependency, why]) => `${dependency}: ${why}`),
  };
}

function stateInColour(state: Readiness['state']): string {
  switch (state) {
    case 'ready':
      return green(state);
    case 'not ready':
      return yellow(state);
    case 'no answer':
      return red(state);
  }
}
