import { z } from 'zod';
import type { AmendOrderRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { amendOrderBody } from '#libs/contracts/http/orders.js';
import { parse } from '#libs/kernel/parse.js';
import type { Asked } from '../command-order/command-order.js';
import { commandRequest, fingerprintOf } from '../command-order/request.js';

const amendRequest = commandRequest.extend({ ifVersion: z.int().min(0) });

/** Checks a request by the rules of the public API; no items, or no address, is what was left out. */
export function readAmend({ items, shippingAddress, ...request }: AmendOrderRequest): Asked {
  const { id, waitMs, ifVersion } = parse(amendRequest, request);
  const changes = parse(amendOrderBody, {
    ...(items.length > 0 && { items }),
    ...(shippingAddress && { shippingAddress }),
  });
  const command = { type: 'request-amend', changes, ...(ifVersion > 0 && { ifVersion }) } as const;
  return { id, waitMs, command, fingerprint: fingerprintOf('amend', id, changes, ifVersion) };
}
