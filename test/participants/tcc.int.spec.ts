import { inventoryFixture, newOrder } from '../../apps/inventory/testing/inventory-fixture.js';
import { orderTo } from '../../apps/shipping/testing/shipping-fixture.js';
import { paymentsWorld, requestOf } from '../payments/payments-world.js';
import { carrierWorld } from '../shipping/carrier-world.js';
import { tccContract } from './tcc.contract.js';

tccContract('inventory', async () => {
  const { db, set, reserve, release, drop } = await inventoryFixture();
  const QUANTITY = 3;
  return {
    processes: [
      {
        do: (orderId) => reserve.execute({ orderId, lines: [{ sku: orderId, quantity: QUANTITY }] }),
        undo: (orderId) => release.execute(orderId),
      },
    ],
    newOrder: async () => {
      const orderId = newOrder();
      await set.execute({ sku: orderId, warehouse: 'north', available: 2 });
      await set.execute({ sku: orderId, warehouse: 'south', available: 5 });
      return orderId;
    },
    effects: async (orderId) => {
      const rows = await db.selectFrom('stock').select(['available', 'reserved']).where('sku', '=', orderId).execute();
      const units = (of: 'available' | 'reserved') => rows.reduce((sum, row) => sum + Number(row[of]), 0);
      if (units('available') + units('reserved') !== 7)
        throw new Error(`Units were lost or made up: ${JSON.stringify(rows)}`);
      return units('reserved') / QUANTITY;
    },
    stop: drop,
  };
});

tccContract('payments', async () => {
  const { one, two, ledgerOf, stop } = await paymentsWorld();
  const { amount, ...request } = requestOf('pm_ok');
  return {
    processes: [one, two].map(({ charge, settle }) => ({
      do: (orderId) => charge({ ...request, amount, orderId }),
      undo: settle,
    })),
    newOrder: async () => newOrder(),
    effects: async (orderId) => {
      const { charged, refunded } = await ledgerOf(orderId);
      return (charged - refunded) / amount.amount;
    },
    stop,
  };
});

tccContract('shipping', async () => {
  const { one, two, stageOf, stop } = await carrierWorld();
  return {
    processes: [one, two].map(({ schedule, cancel }) => ({
      do: (orderId) => schedule.execute(orderTo('DE', { orderId })),
      undo: (orderId) => cancel.execute(orderId),
    })),
    newOrder: async () => newOrder(),
    effects: async (orderId) => (await stageOf(orderId)).filter((stage) => stage !== 'voided').length,
    stop,
  };
});
