import type { ServerReadableStream } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import {
  CommandDecision,
  type BulkResult,
  type BulkUpdateOrdersRequest,
  type BulkUpdateOrdersResponse,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { assertSomebodyWaits, remainingMs } from '#libs/grpc/call-context.js';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { DATABASE } from '#libs/persistence/database.js';
import { IdentifyCaller, ownerOf, type Owner } from '#libs/security/identify-caller.js';
import type { Caller } from '#libs/security/tokens.js';
import { logger } from '#libs/telemetry/logger.js';
import { AcceptOrRefuse } from '../bound-accepting/accept-or-refuse.js';
import { CommandOrder } from '../command-order/command-order.js';
import { noSuchOrder, ownedBy } from '../get-order/ownership.js';
import { CONFIG, type OrdersConfig } from '../orders.config.js';
import type { OrdersSchema } from '../schema.js';
import { readLine, type Line } from './read-line.js';

export type BulkCall = ServerReadableStream<BulkUpdateOrdersRequest, BulkUpdateOrdersResponse>;

const MAX_LINES = 500;
/** Of the call's time, for the lines that were started and for the answer: past its deadline nobody would learn what was done. */
const FOR_THE_ANSWER_MS = 500;

/**
 * Many commands in one call. Which of its orders there are is asked once for all lines; those that there are become commands, a few
 * at a time. A line that is refused stops no other. When time runs out no more are started, and those are said to be late.
 */
@Injectable()
export class BulkUpdate {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    @Inject(CONFIG) private readonly config: OrdersConfig,
    private readonly callers: IdentifyCaller,
    private readonly commands: CommandOrder,
    private readonly accepting: AcceptOrRefuse,
  ) {}

  async execute(call: BulkCall): Promise<BulkUpdateOrdersResponse> {
    const caller = await this.callers.withScope('orders:write', 'ops');
    this.accepting.bulkOrRefuse();
    const lines = (await readAll(call)).map(readLine);
    const known = await this.known(lines, ownerOf(caller));
    const results: BulkResult[] = new Array<BulkResult>(lines.length);
    const left = lines.entries();
    const work = async () => {
      for (const [place, line] of left) results[place] = await this.resultOf(line, known, caller);
    };
    await Promise.all(Array.from({ length: this.config.WAYBILL_BULK_CONCURRENCY }, work));
    return { results };
  }

  private async known(lines: readonly Line[], owner: Owner): Promise<ReadonlySet<string>> {
    const ids = [...new Set(lines.flatMap((line) => ('asked' in line ? [line.asked.id] : [])))];
    if (ids.length === 0) return new Set<OrderId>();
    const query = this.db.selectFrom('orders').select('id').where('id', 'in', ids).where(ownedBy(owner));
    return new Set((await query.execute()).map(({ id }) => id));
  }

  private async resultOf(line: Line, known: ReadonlySet<string>, caller: Caller): Promise<BulkResult> {
    try {
      if ('refusal' in line) throw line.refusal;
      if (!known.has(line.asked.id)) throw noSuchOrder();
      assertSomebodyWaits('Nobody waits for this line any more');
      assertTimeIsLeft();
      let replayed = false;
      const { decision } = await this.commands.ask(line.asked, caller, line.key, () => (replayed = true));
      return { decision, code: '', replayed };
    } catch (error) {
      if (!isWaybillError(error)) logger().error({ error }, 'a line of a bulk request broke');
      const code = isWaybillError(error) ? error.code : 'INTERNAL';
      return { decision: CommandDecision.UNSPECIFIED, code, replayed: false };
    }
  }
}

/** @throws WaybillError DEADLINE_EXCEEDED */
function assertTimeIsLeft(): void {
  if (remainingMs(FOR_THE_ANSWER_MS) < FOR_THE_ANSWER_MS)
    throw new WaybillError('DEADLINE_EXCEEDED', 'The line was not started in time; repeat it with the same key');
}

/** Reads on demand: what has not been read stays with its sender. */
async function readAll(call: BulkCall): Promise<BulkUpdateOrdersRequest[]> {
  const lines: BulkUpdateOrdersRequest[] = [];
  for await (const line of call as AsyncIterable<BulkUpdateOrdersRequest>) {
    if (lines.length === MAX_LINES)
      throw new WaybillError('INVALID_REQUEST', `A call takes ${MAX_LINES} lines at most`);
    lines.push(line);
  }
  return lines;
}
