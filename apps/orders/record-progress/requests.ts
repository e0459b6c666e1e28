import { z } from 'zod';
import { Direction, Ending, Outcome, ShipmentStatus } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { EndingReason } from '#libs/contracts/events.js';
import { STEPS, type StepDirection, type StepOutcome } from '#libs/contracts/steps.js';
import type { OrderId } from '#libs/kernel/ids.js';
import { orderId } from '#libs/grpc/request-fields.js';
import type { BeginUndo, ProgressCommand } from '../order/commands.js';

const DETAIL_LENGTH = 1_000;
/** An undo that is tried once a minute gets there after two months. */
const MAX_ATTEMPTS = 100_000;

const DIRECTIONS: Partial<Record<Direction, StepDirection>> = { [Direction.DO]: 'do', [Direction.UNDO]: 'undo' };
const OUTCOMES: Partial<Record<Outcome, StepOutcome>> = {
  [Outcome.OK]: 'ok',
  [Outcome.FAILED]: 'failed',
  [Outcome.REFUSED]: 'refused',
  [Outcome.TIMED_OUT]: 'timed_out',
};
const ENDINGS: Partial<Record<Ending, BeginUndo['ending']>> = {
  [Ending.REJECTED]: 'REJECTED',
  [Ending.CANCELLED]: 'CANCELLED',
};
const FACTS: Partial<Record<ShipmentStatus, 'DISPATCHED' | 'DELIVERED'>> = {
  [ShipmentStatus.DISPATCHED]: 'DISPATCHED',
  [ShipmentStatus.DELIVERED]: 'DELIVERED',
};
const REJECTIONS = [
  'OUT_OF_STOCK',
  'PAYMENT_DECLINED',
  'INSUFFICIENT_FUNDS',
  'NOT_SERVED',
  'REVIEW_DENIED',
  'FULFILMENT_FAILED',
] as const;
const REASONS = [...REJECTIONS, 'CANCELLED_BY_CUSTOMER'] as const satisfies readonly EndingReason[];

/** One of the wire's values, by our own name for it. */
function oneOf<Value extends string>(names: Readonly<Record<string, Value | undefined>>) {
  return z.string().transform((wire, context): Value => {
    const name = names[wire];
    if (name !== undefined) return name;
    context.addIssue({ code: 'custom', message: `must be one of ${Object.keys(names).join(', ')}` });
    return z.NEVER;
  });
}

const time = z.date().transform((date) => date.toISOString());
const line = z.object({ sku: z.string().min(1), quantity: z.int().min(1) });
const money = z.object({ amount: z.int().min(0), currency: z.string().regex(/^[A-Z]{3}$/) });
/** In somebody else's words: shortened rather than refused, and without what Postgres cannot store. */
const words = z.string().transform((text) => [...text.replaceAll('\u0000', '')].slice(0, DETAIL_LENGTH).join(''));

/** A validated record, and whose it is. */
export interface ProgressRecord {
  readonly orderId: OrderId;
  readonly command: ProgressCommand;
}

export const stepRecord = z
  .object({
    orderId,
    step: z.enum(STEPS),
    direction: oneOf(DIRECTIONS),
    attempt: z.int().min(1).max(MAX_ATTEMPTS),
    outcome: oneOf(OUTCOMES),
    startedAt: time.optional(),
    endedAt: time.optional(),
    detail: words,
    amount: money.optional(),
    shipment: z
      .object({ id: z.string().min(1), tracking: z.string(), items: z.array(line), deliverBy: time })
      .optional(),
  })
  .refine(
    ({ step, direction, outcome, amount }) =>
      !(step === 'process-payment' && direction === 'do' && outcome === 'ok') || amount,
    {
      path: ['amount'],
      message: 'must say what was captured',
    },
  )
  .refine(
    ({ step, direction, outcome, shipment }) =>
      !(step === 'schedule-shipping' && direction === 'do' && outcome === 'ok') || shipment,
    {
      path: ['shipment'],
      message: 'must say what was scheduled',
    },
  )
  .transform(({ orderId, startedAt = null, endedAt = null, amount, shipment, ...step }): ProgressRecord => ({
    orderId,
    command: {
      type: 'record-step',
      startedAt,
      endedAt,
      ...step,
      ...(amount && { amount }),
      ...(shipment && { shipment }),
    },
  }));

export const undoRecord = z
  .object({ orderId, ending: oneOf(ENDINGS), reason: z.enum(REASONS) })
  .transform(({ orderId, ending, reason }, context): ProgressRecord => {
    if (ending === 'CANCELLED') return { orderId, command: { type: 'begin-undo', ending, reason } };
    if (reason !== 'CANCELLED_BY_CUSTOMER') return { orderId, command: { type: 'begin-undo', ending, reason } };
    context.addIssue({ code: 'custom', path: ['reason'], message: 'is no reason to reject' });
    return z.NEVER;
  });

export const endingRecord = z
  .object({ orderId, ending: oneOf(ENDINGS) })
  .transform(({ orderId, ending }): ProgressRecord => ({ orderId, command: { type: 'record-ending', ending } }));

export const factRecord = z
  .object({ orderId, factId: z.string().min(1), fact: oneOf(FACTS), shipmentId: z.string().min(1), occurredAt: time })
  .transform(({ orderId, occurredAt, ...fact }): ProgressRecord => ({
    orderId,
    command: { type: 'record-fact', ...fact, at: occurredAt },
  }));

const ofCommand = { orderId, commandId: z.string().min(1).max(255), requestedBy: z.string().min(1).max(255) };
const refusals = ['TOO_LATE', 'ALREADY_FINAL'] as const;

export const decisionRecord = z
  .discriminatedUnion('command', [
    z
      .object({
        ...ofCommand,
        command: z.literal('cancel'),
        accepted: z.boolean(),
        code: z.enum(['', ...refusals]),
      })
      .refine(({ accepted, code }) => accepted === (code === ''), {
        path: ['code'],
        message: 'says why it was refused',
      }),
    z.object({
      ...ofCommand,
      command: z.literal('amend'),
      accepted: z.literal(false),
      code: z.enum([...refusals, 'OUT_OF_STOCK', 'VERSION_MISMATCH']),
    }),
  ])
  .transform(({ orderId, commandId, requestedBy, ...decided }): ProgressRecord => {
    const of = { type: 'record-decision', commandId, requestedBy } as const;
    return decided.command === 'amend'
      ? { orderId, command: { ...of, command: 'amend', decision: decided.code } }
      : { orderId, command: { ...of, command: 'cancel', decision: decided.code || 'accepted' } };
  });

const address = z.object({
  name: z.string(),
  line1: z.string(),
  city: z.string(),
  postalCode: z.string(),
  country: z.string(),
});

export const amendmentRecord = z
  .object({ ...ofCommand, items: z.array(line).min(1), total: money, shippingAddress: address })
  .transform(({ orderId, ...amendment }): ProgressRecord => ({
    orderId,
    command: { type: 'record-amendment', ...amendment },
  }));

export const attentionRecord = z
  .object({ orderId, step: z.string().min(1).max(100), raised: z.boolean(), reason: words, since: time.optional() })
  .transform(({ orderId, step, raised, reason, since = new Date().toISOString() }): ProgressRecord => ({
    orderId,
    command: raised ? { type: 'raise-attention', step, reason, since } : { type: 'clear-attention', step },
  }));
