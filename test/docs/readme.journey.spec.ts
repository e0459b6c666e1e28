import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { Order } from '#libs/contracts/http/orders.js';
import { untilStatus } from '../journeys/running-system.js';
import { read, root } from './documents.js';

const MINUTE = 60_000;
const execute = promisify(execFile);
const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe('the line of README.md that places an order', () => {
  (hasCurl ? it : it.skip)(
    'works when it is pasted: the order is pending, then confirmed, then delivered',
    async () => {
      const [line] = /^curl .*$/m.exec(read('README.md')) ?? [];
      const { stdout } = await execute('sh', ['-c', line ?? ''], {
        cwd: root,
        env: { ...process.env },
        timeout: MINUTE,
      });
      const order = JSON.parse(stdout) as Order;
      expect(order).toMatchObject({
        status: 'PENDING',
        items: [{ sku: 'MUG-ENAMEL', quantity: 2 }],
        payment: { captured: 0 },
      });
      const confirmed = await untilStatus(order.id, ['CONFIRMED', 'SHIPPED', 'DELIVERED']);
      expect(confirmed.payment).toMatchObject({ captured: order.total.amount, refunded: 0 });
      const delivered = await untilStatus(order.id, ['DELIVERED'], 2 * MINUTE);
      expect(delivered.shipments).toMatchObject([{ status: 'DELIVERED' }]);
    },
    4 * MINUTE,
  );
});
