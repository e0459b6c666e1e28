import type { LineData } from '#libs/contracts/events.js';
import { multiply, sum } from '#libs/contracts/money.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { RecordAmendment, RequestAmend } from './commands.js';
import { isKnown, requireRoom } from './decide-request.js';
import type { OrderEvent } from '#libs/order-log/events.js';
import type { Order, Placed } from '#libs/order-log/order.js';

/**
 * Recorded once, and only while there is something to decide. It changes nothing by itself.
 * @throws WaybillError VERSION_MISMATCH when items or address have changed since the version that was seen; UNKNOWN_SKU
 * for a line that the order does not have.
 */
export function decideAmendRequest(command: RequestAmend, order: Order): readonly OrderEvent[] {
  const { commandId, requestedBy, changes, ifVersion } = command;
  const { placed, progress } = order;
  if (isKnown(commandId, order)) return [];
  requireRoom('amend', order);
  requireVersion(ifVersion, order);
  requireLines(changes.items ?? [], placed);
  // What was seen is compared once more when it is decided: of two that saw the same, one comes first.
  const follows = ifVersion === undefined ? {} : { follows: progress.amended?.commandId ?? null };
  const data = { orderId: placed.orderId, commandId, requestedBy, ...changes, ...follows, order: placed };
  return [{ type: 'AmendRequested', data }];
}

/** Progress is no conflict: only what can be amended is compared. */
function requireVersion(seen: number | undefined, { version, progress: { amended } }: Order): void {
  if (seen === undefined || (seen >= (amended?.version ?? 1) && seen <= version)) return;
  throw new WaybillError('VERSION_MISMATCH', 'Items or address have changed since: read the order again, then decide', {
    version: String(version),
  });
}

function requireLines(asked: readonly LineData[], { items }: Placed): void {
  const unknown = asked.filter(({ sku }) => !items.some((line) => line.sku === sku)).map(({ sku }) => sku);
  if (unknown.length === 0) return;
  const skus = unknown.join(', ');
  throw new WaybillError('UNKNOWN_SKU', `The order has no line of ${skus}: only its own lines can be changed`, {
    skus,
  });
}

/**
 * The amendment is priced here, at the order's own unit prices.
 * @throws WaybillError INVALID_REQUEST unless these are the order's lines, and come to what is going to be charged.
 */
export function decideAmendment(command: RecordAmendment, { placed, progress }: Order): readonly OrderEvent[] {
  const { commandId, requestedBy, shippingAddress } = command;
  if (progress.commandIds.includes(commandId)) return [];
  const items = repriced(placed, command.items);
  const total = sum(items.map(({ lineTotal }) => lineTotal));
  if (items.length !== command.items.length || total.amount !== command.total.amount)
    throw new WaybillError('INVALID_REQUEST', `The order's lines come to ${total.amount}, not ${command.total.amount}`);
  const { orderId, customerId } = placed;
  return [
    { type: 'AmendApplied', data: { orderId, customerId, commandId, requestedBy, items, total, shippingAddress } },
  ];
}

function repriced({ items }: Placed, quantities: readonly LineData[]): Placed['items'] {
  const quantityOf = new Map(quantities.map(({ sku, quantity }) => [sku, quantity]));
  return items.map((line) => {
    const quantity = quantityOf.get(line.sku) ?? line.quantity;
    return { ...line, quantity, lineTotal: multiply(line.unitPrice, quantity) };
  });
}
