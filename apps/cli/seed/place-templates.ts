import { setTimeout as pause } from 'node:timers/promises';
import { isTerminal, type Order, type PlaceOrderBody } from '#libs/contracts/http/orders.js';
import type { WaybillClient } from '#libs/client/client.js';
import { UserError } from '../run-file/run-file.js';

/** What is placed, and how many of a hundred copies it makes. */
interface Kind {
  readonly share: number;
  readonly items: PlaceOrderBody['items'];
  readonly paymentMethod: string;
  readonly country?: string;
  readonly cancelled?: true;
}

const KINDS: readonly Kind[] = [
  { share: 30, items: [{ sku: 'MUG-ENAMEL', quantity: 1 }], paymentMethod: 'pm_ok' },
  {
    share: 22,
    items: [
      { sku: 'MUG-ENAMEL', quantity: 2 },
      { sku: 'CANDLE-BEESWAX', quantity: 1 },
    ],
    paymentMethod: 'pm_ok',
  },
  { share: 20, items: [{ sku: 'CANDLE-BEESWAX', quantity: 3 }], paymentMethod: 'pm_ok' },
  { share: 8, items: [{ sku: 'MUG-ENAMEL', quantity: 1 }], paymentMethod: 'pm_declined' },
  { share: 4, items: [{ sku: 'CANDLE-BEESWAX', quantity: 1 }], paymentMethod: 'pm_insufficient_funds' },
  { share: 6, items: [{ sku: 'MUG-ENAMEL', quantity: 2 }], paymentMethod: 'pm_ok', country: 'ZZ' },
  { share: 4, items: [{ sku: 'MUG-ENAMEL', quantity: 4 }], paymentMethod: 'pm_flaky' },
  { share: 6, items: [{ sku: 'CANDLE-BEESWAX', quantity: 2 }], paymentMethod: 'pm_ok', cancelled: true },
];

export interface PlacedTemplate {
  readonly order: Order;
  readonly share: number;
}

const LONGEST_MS = 180_000;
const LOOK_MS = 500;

/** Places one order of each kind through the API, and waits until all of them have ended. */
export async function placeTemplates(api: WaybillClient): Promise<readonly PlacedTemplate[]> {
  return Promise.all(
    KINDS.map(async (kind) => {
      const { id } = await api.placeOrder(bodyOf(kind));
      if (kind.cancelled) {
        await until(api, id, ({ status }) => status === 'CONFIRMED');
        await api.cancelOrder(id, { reason: 'Ordered twice', waitS: 10 });
      }
      return { order: await until(api, id, ({ status }) => isTerminal(status)), share: kind.share };
    }),
  );
}

async function until(api: WaybillClient, id: string, holds: (order: Order) => boolean): Promise<Order> {
  const patience = AbortSignal.timeout(LONGEST_MS);
  while (!patience.aborted) {
    const order = await api.getOrder(id);
    if (holds(order)) return order;
    await pause(LOOK_MS);
  }
  throw new UserError(`Order ${id} does not come to its end: \`npx waybill orders ${id}\` says where it stands`);
}

function bodyOf({ items, paymentMethod, country = 'DE' }: Kind): PlaceOrderBody {
  const address = { name: 'Ada Lovelace', line1: 'Marktplatz 1', city: 'Leipzig', postalCode: '04109' };
  return { items, paymentMethod, shippingAddress: { ...address, country } };
}
