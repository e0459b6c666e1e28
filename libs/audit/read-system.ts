import { WITH_OUTBOX, type Audited, type SnapshotOf } from './audited.js';
import type { Backlog, SystemFacts } from './facts.js';
import * as queries from './queries.js';

/** What is not of one order. What only adding up all that ever was tells is read where the whole is asked for. */
export async function readSystem(of: SnapshotOf, queues: SystemFacts['queues'], whole: boolean): Promise<SystemFacts> {
  const outboxOf = async (service: Audited): Promise<[Audited, Backlog]> => {
    const messages = await of(service).rows<queries.BacklogRow>(queries.BACKLOG);
    return [service, { count: messages[0]?.total ?? 0, messages }];
  };
  const [stock, allocated, shown, numbering, deadLetters, outboxes] = await Promise.all([
    of('inventory').rows<queries.StockRow>(queries.STOCK),
    whole ? of('inventory').rows<queries.AllocationRow>(queries.ALLOCATED) : undefined,
    of('catalog').rows<queries.ShownRow>(queries.SHOWN),
    whole ? of('billing').rows<queries.NumberingRow>(queries.NUMBERING) : [],
    of('operations').rows<queries.DeadLetterRow>(queries.DEAD_LETTERS),
    Promise.all(WITH_OUTBOX.map(outboxOf)),
  ]);
  return {
    stock,
    ...(allocated && { allocated: new Map(allocated.map((row) => [row.place, row])) }),
    shown: new Map(shown.map(({ place, available }) => [place, available])),
    numbering,
    deadLetters: { total: deadLetters[0]?.total ?? 0, items: deadLetters },
    outboxes: new Map(outboxes),
    queues,
  };
}
