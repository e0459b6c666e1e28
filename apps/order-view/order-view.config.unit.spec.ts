import { expect, it } from '@jest/globals';
import { POLICIES } from '#libs/resilience/policies.js';
import { orderViewConfig } from './order-view.config.js';

it('a read that has waited in vain is still answered within what the gateway gives it', () => {
  const waitMs = orderViewConfig.shape.WAYBILL_VIEW_WAIT_MS.parse(undefined);
  const { listOrders, getTimeline } = POLICIES.gateway['order-view'];
  expect(Math.min(listOrders.timeoutMs, getTimeline.timeoutMs) - waitMs).toBeGreaterThanOrEqual(250);
});
