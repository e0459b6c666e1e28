import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import {
  CommandDecision,
  OrderStatus,
  type CancelOrderRequest,
  type CancelOrderResponse,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { assertSomebodyWaits, callContext, remainingMs } from '#libs/grpc/call-context.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import type { CommandId, OrderId } from '#libs/kernel/ids.js';
import { DATABASE } from '#libs/persistence/database.js';
import { withLogContext } from '#libs/telemetry/logger.js';
import { noSuchOrder, ownedBy } from '../get-order/ownership.js';
import { IdentifyCaller, ownerOf, type Owner } from '#libs/security/identify-caller.js';
import type { RequestCancel } from '../order/commands.js';
import type { OrderStatus as Status } from '#libs/order-log/order.js';
import { OrderStore } from '../order-log/order-store.js';
import { readKey } from '../place-order/request.js';
import type { OrdersSchema } from '../schema.js';
import { OrderChanges } from '../watch-changes/order-changes.js';
import { ClaimCommand } from './claim-command.js';
import { fingerprintOf, readCancel } from './request.js';

/** Left of the caller's deadline for the answer. */
const ANSWER_RESERVE_MS = 500;

/** What is known of a command by now. */
interface Known {
  readonly version: number;
  readonly status: Status;
  readonly decision: 'ACCEPTED' | 'TOO_LATE' | 'ALREADY_FINAL' | null;
}

/**
 * Records that somebody wants an order cancelled, once per caller and idempotency key. Whether it is, the order's workflow
 * decides, which learns of the request through the outbox. An order that has ended refuses at once, and nothing is recorded.
 */
@Injectable()
export class CancelOrder {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    private readonly callers: IdentifyCaller,
    private readonly claiming: ClaimCommand,
    private readonly orders: OrderStore,
    private readonly changes: OrderChanges,
  ) {}

  async execute(request: CancelOrderRequest): Promise<CancelOrderResponse> {
    const caller = await this.callers.withScope('orders:write', 'ops');
    const key = readKey(callContext().idempotencyKey);
    const wish = readCancel(request);
    const { id, reason, waitMs } = wish;
    await this.requireOrder(id, ownerOf(caller));
    const commandId = await this.claiming.execute({ caller: caller.subject, key }, id, fingerprintOf(wish));
    const command: RequestCancel = {
      type: 'request-cancel',
      commandId,
      requestedBy: caller.kind,
      ...(reason !== undefined && { reason }),
    };
    return withLogContext({ orderId: id }, async () => {
      const refused = await this.refusedAtOnce(id, command);
      const known = refused ? await this.look(id, commandId) : await this.decided(id, commandId, waitMs);
      return {
        commandId,
        decision: CommandDecision[known.decision ?? (refused ? 'ALREADY_FINAL' : 'PENDING')],
        version: known.version,
        status: OrderStatus[known.status],
      };
    });
  }

  private async requireOrder(id: OrderId, owner: Owner): Promise<void> {
    const query = this.db.selectFrom('orders').select('id').where('id', '=', id).where(ownedBy(owner));
    if ((await query.executeTakeFirst()) === undefined) throw noSuchOrder();
  }

  /** Records the request; true when the order had ended before. */
  private async refusedAtOnce(id: OrderId, command: RequestCancel): Promise<boolean> {
    assertSomebodyWaits('The request was not recorded in time; repeat it with the same key');
    try {
      await this.orders.change(id, command);
      return false;
    } catch (error) {
      if (isWaybillError(error, 'ALREADY_FINAL')) return true;
      throw error;
    }
  }

  /** What the workflow has decided; waits for it as long as asked to, and no longer than the caller does. */
  private decided(id: OrderId, commandId: CommandId, waitMs: number): Promise<Known> {
    const patienceMs = Math.min(waitMs, remainingMs(Infinity) - ANSWER_RESERVE_MS);
    const look = () => this.look(id, commandId);
    return this.changes.lookUntil(id, patienceMs, look, ({ decision }) => decision !== null);
  }

  private async look(id: OrderId, commandId: CommandId): Promise<Known> {
    const { rows } = await sql<Known>`
      select orders.version, orders.status,
        case decided.type when 'CancelAccepted' then 'ACCEPTED' else decided.data ->> 'code' end as decision
      from orders left join order_events decided
        on decided.order_id = orders.id and decided.type in ('CancelAccepted', 'CancelRefused')
        and decided.data ->> 'commandId' = ${commandId}
      where orders.id = ${id}`.execute(this.db);
    if (rows[0] === undefined) throw noSuchOrder();
    return rows[0];
  }
}
