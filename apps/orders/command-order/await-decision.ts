import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import type { EventData } from '#libs/contracts/events.js';
import { remainingMs } from '#libs/grpc/call-context.js';
import type { CommandId, OrderId } from '#libs/kernel/ids.js';
import { DATABASE } from '#libs/persistence/database.js';
import { noSuchOrder } from '../get-order/ownership.js';
import type { OrderStatus as Status } from '#libs/order-log/order.js';
import type { OrdersSchema } from '../schema.js';
import { OrderChanges } from '../watch-changes/order-changes.js';

/** Left of the caller's deadline for the answer. */
const ANSWER_RESERVE_MS = 500;

/** What is known of a command by now. */
export interface Known {
  readonly version: number;
  readonly status: Status;
  readonly decision: 'ACCEPTED' | EventData['CancelRefused']['code'] | EventData['AmendRefused']['code'] | null;
}

/** What the workflow has decided about a command, by the order's log. */
@Injectable()
export class AwaitDecision {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    private readonly changes: OrderChanges,
  ) {}

  /** Waits for it as long as asked to, and no longer than the caller does. */
  execute(id: OrderId, commandId: CommandId, waitMs: number): Promise<Known> {
    const patienceMs = Math.min(waitMs, remainingMs(Infinity) - ANSWER_RESERVE_MS);
    const look = () => this.look(id, commandId);
    return this.changes.lookUntil(id, patienceMs, look, ({ decision }) => decision !== null);
  }

  private async look(id: OrderId, commandId: CommandId): Promise<Known> {
    const { rows } = await sql<Known>`
      select orders.version, orders.status,
        case when decided.type in ('CancelAccepted', 'AmendApplied') then 'ACCEPTED' else decided.data ->> 'code' end as decision
      from orders left join order_events decided
        on decided.order_id = orders.id and decided.data ->> 'commandId' = ${commandId}
        and decided.type in ('CancelAccepted', 'CancelRefused', 'AmendApplied', 'AmendRefused')
      where orders.id = ${id}`.execute(this.db);
    if (rows[0] === undefined) throw noSuchOrder();
    return rows[0];
  }
}
