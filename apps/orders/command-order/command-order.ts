import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import {
  CommandDecision,
  OrderStatus,
  type CancelOrderResponse,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { assertSomebodyWaits, callContext } from '#libs/grpc/call-context.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { Caller } from '#libs/security/tokens.js';
import { withLogContext } from '#libs/telemetry/logger.js';
import { noSuchOrder, ownedBy } from '../get-order/ownership.js';
import { IdentifyCaller, ownerOf, type Owner } from '#libs/security/identify-caller.js';
import type { RequestAmend, RequestCancel } from '../order/commands.js';
import { OrderStore } from '../order-log/order-store.js';
import { readKey } from '../place-order/request.js';
import type { OrdersSchema } from '../schema.js';
import { AwaitDecision } from './await-decision.js';
import { ClaimCommand } from './claim-command.js';

/** What is asked of an order, whoever asks. */
export interface Asked {
  readonly id: OrderId;
  readonly waitMs: number;
  /** Tells two requests under the same key apart. */
  readonly fingerprint: string;
  readonly command: Unsent<RequestCancel> | Unsent<RequestAmend>;
}

type Unsent<Request> = Omit<Request, 'commandId' | 'requestedBy'>;

/** The same for every command: the message is that of CancelOrder and of AmendOrder. */
export type CommandAnswer = CancelOrderResponse;

/**
 * Records what somebody asks of an order, once per caller and idempotency key. Whether it is done, the order's workflow
 * decides, which learns of it through the outbox. An order that has ended refuses at once, and nothing is recorded.
 */
@Injectable()
export class CommandOrder {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<OrdersSchema>,
    private readonly callers: IdentifyCaller,
    private readonly claiming: ClaimCommand,
    private readonly orders: OrderStore,
    private readonly decisions: AwaitDecision,
  ) {}

  /** For the caller of this very call, under its key. */
  async execute(read: () => Asked): Promise<CommandAnswer> {
    const caller = await this.callers.withScope('orders:write', 'ops');
    const key = readKey(callContext().idempotencyKey);
    const asked = read();
    await this.requireOrder(asked.id, ownerOf(caller));
    return this.carryOut(asked, caller, key, () => callContext().replayed?.());
  }

  /** @param asked of an order that is known to be one of the caller's */
  ask(asked: Asked, caller: Caller, key: string, tellRepeated: () => void): Promise<CommandAnswer> {
    return this.carryOut(asked, caller, key, tellRepeated);
  }

  /** A repetition is answered with what became of the command by now: the log of the order is where its answer is kept. */
  private async carryOut(
    { id, waitMs, fingerprint, command }: Asked,
    caller: Caller,
    key: string,
    tellRepeated: () => void,
  ): Promise<CommandAnswer> {
    const { commandId, repeated } = await this.claiming.execute({ caller: caller.subject, key }, id, fingerprint);
    if (repeated) tellRepeated();
    const request = { ...command, commandId, requestedBy: caller.kind } as RequestCancel | RequestAmend;
    return withLogContext({ orderId: id }, async () => {
      const ended = await this.hasEnded(id, request);
      const known = await this.decisions.execute(id, commandId, ended ? 0 : waitMs);
      return {
        commandId,
        decision: CommandDecision[known.decision ?? (ended ? 'ALREADY_FINAL' : 'PENDING')],
        version: known.version,
        status: OrderStatus[known.status],
      };
    });
  }

  private async requireOrder(id: OrderId, owner: Owner): Promise<void> {
    const query = this.db.selectFrom('orders').select('id').where('id', '=', id).where(ownedBy(owner));
    if ((await query.executeTakeFirst()) === undefined) throw noSuchOrder();
  }

  /** Records the request; true, and nothing recorded, when the order had ended before. */
  private async hasEnded(id: OrderId, request: RequestCancel | RequestAmend): Promise<boolean> {
    assertSomebodyWaits('The request was not recorded in time; repeat it with the same key');
    try {
      await this.orders.change(id, request);
      return false;
    } catch (error) {
      if (isWaybillError(error, 'ALREADY_FINAL')) return true;
      throw error;
    }
  }
}
