import { once } from 'node:events';
import type { sendUnaryData, ServerReadableStream } from '@grpc/grpc-js';
import {
  CommandDecision,
  type BulkUpdateOrdersRequest,
  type BulkUpdateOrdersResponse,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { ErrorCode } from '#libs/contracts/errors.js';
import { toStatus } from '#libs/grpc/errors.js';
import { WaybillError } from '#libs/kernel/errors.js';

export const ORDER_ID = '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10';
export type BulkCall = ServerReadableStream<BulkUpdateOrdersRequest, BulkUpdateOrdersResponse>;

const LINES_KEPT = 1_000;

/** Orders, asked for many at once: it knows one, and no other. */
export class BulkStandIn {
  open = 0;
  cancelled = 0;
  /** The first that came. */
  lines: BulkUpdateOrdersRequest[] = [];
  away = false;
  /** What it says to lines about orders that it does not know. */
  refusal: ErrorCode = 'NOT_FOUND';
  /** Keeps calls from being answered. */
  hold: Promise<unknown> = Promise.resolve();

  async serve(call: BulkCall, done: sendUnaryData<BulkUpdateOrdersResponse>): Promise<void> {
    this.open += 1;
    const left = once(call, 'cancelled').then(() => void (this.cancelled += 1));
    const lines = await Promise.race([this.take(call), left]);
    this.open -= 1;
    if (lines === undefined) return;
    if (this.away) return done(toStatus(new WaybillError('UNAVAILABLE', 'Because.')));
    const unknown = { decision: CommandDecision.UNSPECIFIED, code: this.refusal, replayed: false };
    const known = { decision: CommandDecision.PENDING, code: '' };
    const seen = new Set(this.lines.map(({ key }) => key));
    this.lines.push(...lines.slice(0, LINES_KEPT - this.lines.length));
    done(null, {
      results: lines.map(({ id, key }) => (id === ORDER_ID ? { ...known, replayed: seen.has(key) } : unknown)),
    });
  }

  private async take(call: BulkCall): Promise<readonly BulkUpdateOrdersRequest[]> {
    const lines = (await call.toArray()) as BulkUpdateOrdersRequest[];
    await this.hold;
    return lines;
  }
}
