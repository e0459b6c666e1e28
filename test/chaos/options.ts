import { parseArgs } from 'node:util';
import { SCENARIO_NAMES, scenarioOf, type ScenarioName } from './scenarios.js';
import type { Size } from './stage.js';

export interface Options {
  readonly seed: number;
  readonly scenarios: readonly ScenarioName[];
  readonly size: Size;
  /** Repeat the scenarios, each time under the next seed, until this has passed. */
  readonly durationMs: number;
  readonly only: readonly string[];
}

const HELP = `npm run chaos -- [options]

Brings up a system of its own (.waybill/chaos), places orders through the public API while processes are killed, waits
until everything is at rest, and asks \`waybill verify\` what is true. Exit code 1 when something is not as it must be.

  --scenario a,b      which; --list says which there are (default: kill-anything)
  --seed N            what is drawn; the same seed draws the same (default: by the clock, and printed)
  --orders N          orders to place at least (default: 200)
  --kills N           kills to deal at least (default: one for each 20 orders, at least 14)
  --duration 10m      repeat under the next seeds until so much time has passed
  --per-failpoint N   SIGKILLs at each failpoint (default: 2)
  --failpoint a,b     only these failpoints
  --list              the scenarios
`;

export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string', default: 'kill-anything' },
      seed: { type: 'string' },
      orders: { type: 'string', default: '200' },
      kills: { type: 'string' },
      duration: { type: 'string', default: '0s' },
      'per-failpoint': { type: 'string', default: '2' },
      failpoint: { type: 'string', default: '' },
      list: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return print(HELP);
  if (values.list) return print(SCENARIO_NAMES.map((name) => `${name.padEnd(24)} ${scenarioOf(name).says}\n`).join(''));
  const orders = positive('orders', values.orders);
  return {
    seed: values.seed === undefined ? Date.now() % 1_000_000 : positive('seed', values.seed),
    scenarios: values.scenario === 'all' ? SCENARIO_NAMES : values.scenario.split(',').map(scenarioNamed),
    size: {
      orders,
      kills: values.kills === undefined ? Math.max(14, Math.ceil(orders / 20)) : positive('kills', values.kills),
      perFailpoint: positive('per-failpoint', values['per-failpoint']),
    },
    durationMs: durationOf(values.duration),
    only: values.failpoint.split(',').filter((name) => name !== ''),
  };
}

function print(text: string): undefined {
  process.stdout.write(text);
}

function scenarioNamed(name: string): ScenarioName {
  const known = SCENARIO_NAMES.find((each) => each === name);
  if (known === undefined) throw new Error(`There is no scenario ${name}. There are: ${SCENARIO_NAMES.join(', ')}`);
  return known;
}

function positive(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} must be a number, not ${text}`);
  return Number(text);
}

function durationOf(text: string): number {
  const [, amount, unit = 's'] = /^(\d+)(s|m|h)?$/.exec(text) ?? [];
  if (amount === undefined) throw new Error(`--duration must be such as 60s, 10m or 1h, not ${text}`);
  return Number(amount) * { s: 1_000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h'];
}
