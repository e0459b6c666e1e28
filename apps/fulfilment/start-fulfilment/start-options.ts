import type { WorkflowStartOptions } from '@temporalio/client';
import type { EventData } from '#libs/contracts/events.js';
import type { Money } from '#libs/contracts/money.js';
import { readable } from '#libs/temporal/readable.js';
import {
  SEARCH_ATTRIBUTES,
  TASK_QUEUE,
  workflowIdOf,
  type FulfilOrderInput,
} from '#workflows/fulfil-order/contract.js';
import type { FulfilmentPolicy } from '#workflows/fulfil-order/policy.js';

/**
 * How an order's workflow is started: once and never again, without a time limit, and so that Temporal's UI tells what
 * was ordered. No personal data outside the input.
 */
export function startOptions(
  order: EventData['OrderPlaced'],
  policy: FulfilmentPolicy,
): WorkflowStartOptions & { readonly args: [FulfilOrderInput] } {
  const { orderId: id, customerId: customer, status, needsAttention } = SEARCH_ATTRIBUTES;
  return {
    workflowId: workflowIdOf(order.orderId),
    taskQueue: TASK_QUEUE,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    args: [{ order, policy }],
    typedSearchAttributes: [
      { key: id, value: order.orderId },
      { key: customer, value: order.customerId },
      { key: status, value: 'PENDING' },
      { key: needsAttention, value: false },
    ],
    staticSummary: readable(summaryOf(order)),
    staticDetails: readable(detailsOf(order)),
  };
}

function summaryOf({ items, total }: EventData['OrderPlaced']): string {
  const pieces = items.reduce((sum, { quantity }) => sum + quantity, 0);
  return `${pieces} ${pieces === 1 ? 'piece' : 'pieces'}, ${amountOf(total)}`;
}

function detailsOf({ orderId, items, total, shippingMethod, placedAt }: EventData['OrderPlaced']): string {
  const lines = items.map(
    ({ quantity, name, sku, lineTotal }) => `- ${quantity} × ${name} (${sku}): ${amountOf(lineTotal)}`,
  );
  return [
    `Order \`${orderId}\`, placed ${placedAt}, ${shippingMethod} shipping`,
    ...lines,
    `**Total: ${amountOf(total)}**`,
  ].join('\n');
}

function amountOf({ amount, currency }: Money): string {
  return `${(amount / 100).toFixed(2)} ${currency}`;
}
