import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type {
  ListOrdersRequest,
  ListOrdersResponse,
} from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import { orderId } from '#libs/grpc/request-fields.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { parse } from '#libs/kernel/parse.js';
import { orderMessage } from '#libs/order-log/order-message.js';
import { cursorAfter, orderPage } from '#libs/order-log/order-page.js';
import { DATABASE } from '#libs/persistence/database.js';
import { IdentifyCaller, type Owner } from '#libs/security/identify-caller.js';
import { ReadGeneration } from '../generations/read-generation.js';
import { CONFIG, type OrderViewConfig } from '../order-view.config.js';
import { Projector } from '../project-events/projector.js';
import { StandingPartitions } from '../project-events/standing-partitions.js';
import { ordersTable, viewedOrder, type OrderRow } from '../projections/orders-projection.js';

const MOST_SEEN = 100;

const rest = z.object({
  customerId: z.string().max(200),
  seen: z.array(z.object({ id: orderId, version: z.int().min(1) })).max(MOST_SEEN),
});
type Seen = z.output<typeof rest>['seen'];

const BEHIND: ListOrdersResponse = { items: [], nextCursor: '', behind: true };

/** Orders, newest first. What the caller has seen of them is never missing, and nothing is told that stands still: rather there is no answer. */
@Injectable()
export class ListOrders {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<never>,
    @Inject(CONFIG) private readonly config: OrderViewConfig,
    private readonly callers: IdentifyCaller,
    private readonly generation: ReadGeneration,
    private readonly projector: Projector,
    private readonly standing: StandingPartitions,
  ) {}

  async execute(request: ListOrdersRequest): Promise<ListOrdersResponse> {
    const page = parse(orderPage, request);
    const { customerId, seen } = parse(rest, request);
    const customer = about(await this.callers.reader(), customerId);
    if ((await this.standing.of('orders')).size > 0) return BEHIND;
    const ids = seen.map(({ id }) => id);
    if (!(await this.projector.reads.until(ids, this.config.WAYBILL_VIEW_WAIT_MS, () => this.hasSeen(seen))))
      return BEHIND;
    return (await this.generation.read('orders', (generation) => this.page(generation, customer, page))) ?? BEHIND;
  }

  private async page(
    generation: number,
    customer: string | undefined,
    { status, before, limit }: z.output<typeof orderPage>,
  ): Promise<ListOrdersResponse> {
    const { rows } = await sql<OrderRow>`
      select id, version, placed, progress, updated_at from ${ordersTable(generation)}
      where (${customer ?? null}::text is null or customer_id = ${customer ?? null})
        and (${status ?? null}::text is null or status = ${status ?? null})
        and (${before ?? null}::uuid is null or id < ${before ?? null})
      order by id desc limit ${limit + 1}`.execute(this.db);
    const items = rows.slice(0, limit).map((row) => orderMessage(viewedOrder(row), row.updated_at));
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last ? cursorAfter(last.id) : '', behind: false };
  }

  private async hasSeen(seen: Seen): Promise<boolean> {
    if (seen.length === 0) return true;
    const found = await this.generation.read('orders', async (generation) => {
      const { rows } = await sql<{ found: number }>`
        select count(*) as found from ${ordersTable(generation)} kept
        join unnest(${seen.map(({ id }) => id)}::uuid[], ${seen.map(({ version }) => version)}::integer[]) as seen (id, version)
          on kept.id = seen.id and kept.version >= seen.version`.execute(this.db);
      return rows[0]?.found ?? 0;
    });
    return found === seen.length;
  }
}

/** Undefined: everybody's. @throws WaybillError FORBIDDEN */
function about(owner: Owner, named: string): string | undefined {
  if (owner.kind === 'anybody') return named === '' ? undefined : named;
  if (named === '' || named === owner.customerId) return owner.customerId;
  throw new WaybillError('FORBIDDEN', 'Only your own orders can be listed: leave out customerId.');
}
