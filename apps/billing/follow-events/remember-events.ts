import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { Envelope } from '#libs/messaging/envelope.js';
import { receiveOnce } from '#libs/messaging/inbox.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { BillingSchema, MovementsTable } from '../schema.js';

const CONSUMER = 'billing';
const PLACED_IN = 1;

/** From here on the order is what it is: it is on its way, or it is undone. */
export type EndOfAmendments = Envelope<'OrderConfirmed'> | Envelope<'OrderRejecting'> | Envelope<'OrderCancelling'>;

/** Keeps what a document needs to know, in whichever order it comes and however often. */
@Injectable()
export class RememberEvents {
  constructor(@Inject(DATABASE) private readonly db: Kysely<BillingSchema>) {}

  async order(event: Envelope<'OrderPlaced'>): Promise<void> {
    const { orderId, customerId, items, total, shippingAddress, paymentMethod, placedAt } = event.data;
    await this.once(event, async (trx) => {
      await trx
        .insertInto('orders')
        .values({
          order_id: orderId,
          customer_id: customerId,
          items: JSON.stringify(items),
          total: total.amount,
          currency: total.currency,
          address: JSON.stringify(shippingAddress),
          payment_method: paymentMethod,
          placed_at: new Date(placedAt),
          version: event.sequence,
        })
        .onConflict((conflict) => conflict.column('order_id').doNothing())
        .execute();
    });
  }

  /** What the order costs from then on. Orders' events come in their order: the order is known by then. */
  async amendment(event: Envelope<'AmendApplied'>): Promise<void> {
    const { orderId, items, total, shippingAddress } = event.data;
    await this.once(event, async (trx) => {
      const ofOrder = trx.selectFrom('orders').select('version').where('order_id', '=', orderId);
      const known = await ofOrder.forUpdate().executeTakeFirst();
      if (known === undefined) throw new WaybillError('NOT_FOUND', 'The order itself is not known yet');
      if (known.version >= event.sequence) return;
      const amended = { items: JSON.stringify(items), address: JSON.stringify(shippingAddress) };
      await trx
        .updateTable('orders')
        .set({ ...amended, total: total.amount, version: event.sequence })
        .where('order_id', '=', orderId)
        .execute();
    });
  }

  /** Of several the first one counts: nothing is amended after it. */
  async end(event: EndOfAmendments): Promise<void> {
    const { orderId: order_id, amendedIn: version = PLACED_IN } = event.data;
    await this.once(event, async (trx) => {
      const row = trx.insertInto('final_versions').values({ order_id, version });
      await row.onConflict((conflict) => conflict.column('order_id').doNothing()).execute();
    });
  }

  async capture(event: Envelope<'PaymentCaptured'>): Promise<void> {
    const { provider, providerReference: reference, capturedAt } = event.data;
    await this.movement(event, { kind: 'capture', provider, reference, happened_at: new Date(capturedAt) });
  }

  async refund(event: Envelope<'RefundIssued'>): Promise<void> {
    const happened_at = new Date(event.occurredAt);
    await this.movement(event, { kind: 'refund', provider: null, reference: null, happened_at });
  }

  /** A movement is known by payments' own count: the same one under another event's id is still the same. */
  private async movement(
    event: Envelope<'PaymentCaptured'> | Envelope<'RefundIssued'>,
    about: Pick<MovementsTable, 'kind' | 'provider' | 'reference' | 'happened_at'>,
  ): Promise<void> {
    const { sequence, data } = event;
    const { orderId: order_id, amount: money } = data;
    if (money.amount === 0) return;
    await this.once(event, async (trx) => {
      await trx
        .insertInto('movements')
        .values({ order_id, sequence, ...money, ...about })
        .onConflict((conflict) => conflict.columns(['order_id', 'sequence']).doNothing())
        .execute();
    });
  }

  private async once(event: Envelope, work: (trx: Kysely<BillingSchema>) => Promise<void>): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      if (await receiveOnce(trx, CONSUMER, event)) await work(trx);
    });
  }
}
