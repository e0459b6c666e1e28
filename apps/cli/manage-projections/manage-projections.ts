import type { Command } from 'commander';
import { createClient } from '#libs/client/client.js';
import type { ProjectionList } from '#libs/contracts/http/projections.js';
import { readRun } from '../run-file/run-file.js';
import { dim, print, yellow } from '../terminal/style.js';
import { table } from '../terminal/table.js';

interface JsonOption {
  readonly json?: boolean;
}
type Projection = ProjectionList['items'][number];

/** Which generation of each read model serves, how far it is behind, how a rebuild comes along. */
export async function showProjections({ json = false }: JsonOption): Promise<void> {
  const list = await operator().listProjections();
  if (json) return print(JSON.stringify(list, null, 2));
  print(table(['projection', 'state', 'generation', 'behind', 'lag p50', 'p99', 'rebuild'], list.items.map(row)));
  for (const { name, stopped } of list.items)
    for (const { partition, reason } of stopped) print(yellow(`  ${name}, partition ${partition}: ${reason}`));
  for (const { name, stopped, standing } of list.items) {
    const unread = standing.filter((partition) => !stopped.some((each) => each.partition === partition));
    if (unread.length > 0) print(yellow(`  ${name}, partitions ${unread.join(', ')}: no process reads them`));
  }
}

/** Builds a read model anew, beside the one that serves. */
export async function rebuildProjection(name: string, _: JsonOption, command: Command): Promise<void> {
  const accepted = await operator().rebuildProjection(name);
  if (command.optsWithGlobals<JsonOption>().json) return print(JSON.stringify(accepted, null, 2));
  print(
    `  ${accepted.name}: generation ${accepted.generation} is being built. ${dim('npx waybill projections shows its progress')}`,
  );
}

function operator() {
  const { gateway, tokens } = readRun();
  return createClient({ url: gateway.url, token: tokens.operator });
}

function row({ name, state, generation, behind, lagMs, rebuild }: Projection) {
  return [
    name,
    state === 'live' ? state : yellow(state),
    generation,
    behind === null ? dim('?') : behind,
    `${lagMs.p50} ms`,
    `${lagMs.p99} ms`,
    rebuild ? progressOf(rebuild) : '',
  ].map(String);
}

function progressOf({ generation, phase, ordersRead, ordersTotal }: NonNullable<Projection['rebuild']>): string {
  const share = ordersTotal === 0 ? 0 : Math.floor((100 * ordersRead) / ordersTotal);
  return phase === 'joining'
    ? `generation ${generation} joins`
    : `generation ${generation}: ${share} % of ${ordersTotal} orders`;
}
