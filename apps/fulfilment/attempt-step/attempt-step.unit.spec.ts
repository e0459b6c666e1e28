import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/activity';
import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { RecordStepRequest } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { ErrorCode } from '#libs/contracts/errors.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { WaybillError } from '#libs/kernel/errors.js';
import type { Progress } from '../participants.js';
import { AttemptStep, type Attempt } from './attempt-step.js';

const ORDER = '0198c0de-0000-7000-8000-000000000001';
type Told = ReturnType<Attempt<string, { detail: string }>['tell']>;

type Made = ReturnType<typeof AttemptStep.prototype.make<string, Told>>;

interface Given {
  readonly timeoutMs?: number;
  readonly direction?: 'do' | 'undo';
  /** The participant's answer. */
  readonly answer?: ErrorCode;
  /** Orders' answer to the record. */
  readonly orders?: ErrorCode;
  readonly attempt?: number;
  readonly attemptsBefore?: number;
}

/** Makes one attempt as Temporal would, and tells all that came of it. */
async function attempt({
  timeoutMs = 5_000,
  direction = 'do',
  answer,
  orders,
  attempt = 1,
  attemptsBefore = 0,
}: Given) {
  const records: RecordStepRequest[] = [];
  const deadlines: number[] = [];
  const recordStep = async (request: RecordStepRequest, { deadlineMs }: CallOptions) => {
    deadlines.push(deadlineMs);
    if (orders) throw new WaybillError(orders, 'orders says so');
    records.push(request);
    return { status: 'ORDER_STATUS_PENDING' as const, version: 1 };
  };
  const attempts = new AttemptStep({ recordStep } as unknown as Progress);
  const temporal = new MockActivityEnvironment(
    { ...defaultActivityInfo, attempt, startToCloseTimeoutMs: timeoutMs },
    { logger: new DefaultLogger('ERROR') },
  );
  const make = (): Made =>
    attempts.make({
      step: 'process-payment',
      direction,
      call: { orderId: ORDER, attemptsBefore },
      ask: async ({ deadlineMs }) => {
        deadlines.push(deadlineMs);
        if (answer) throw new WaybillError(answer, 'payments says so');
        return 'captured';
      },
      tell: (response) => ({ detail: response }),
    });
  const [end] = await Promise.allSettled([temporal.run<[], Awaited<Made>, () => Made>(make)]);
  const failure = end.status === 'rejected' && end.reason instanceof ApplicationFailure ? end.reason : undefined;
  return { answer: end.status === 'fulfilled' ? end.value.answer : undefined, failure, records, deadlines };
}

describe('an attempt of a step', () => {
  it('given an answer, is recorded with its number, its times and what the participant told', async () => {
    const { answer, records } = await attempt({ attempt: 2, attemptsBefore: 3 });
    expect(answer).toEqual({});
    expect(records).toMatchObject([
      {
        orderId: ORDER,
        step: 'process-payment',
        direction: 'DIRECTION_DO',
        attempt: 5,
        outcome: 'OUTCOME_OK',
        detail: 'captured',
      },
    ]);
    expect(records[0]?.startedAt).toBeInstanceOf(Date);
    expect(records[0]?.endedAt).toBeInstanceOf(Date);
  });

  it.each([
    'OUT_OF_STOCK',
    'PAYMENT_DECLINED',
    'INSUFFICIENT_FUNDS',
    'NOT_SERVED',
    'RELEASED',
    'SETTLED',
    'SHIPMENT_CANCELLED',
  ] as const)('given %s, is refused for good', async (code) => {
    const { failure, records } = await attempt({ answer: code });
    expect(failure).toMatchObject({ type: code, nonRetryable: true });
    expect(records).toMatchObject([{ outcome: 'OUTCOME_REFUSED', detail: code }]);
  });

  it.each([
    ['UNAVAILABLE', 'OUTCOME_FAILED'],
    ['INTERNAL', 'OUTCOME_FAILED'],
    ['INVALID_REQUEST', 'OUTCOME_FAILED'],
    ['DEADLINE_EXCEEDED', 'OUTCOME_TIMED_OUT'],
  ] as const)('given %s, is recorded as %s and may be repeated', async (code, outcome) => {
    const { failure, records } = await attempt({ answer: code });
    expect(failure).toMatchObject({ type: code, nonRetryable: false });
    expect(records).toMatchObject([{ outcome, detail: `${code}: payments says so` }]);
  });

  it('given an undo is refused, may be repeated: an undo has to succeed', async () => {
    const { failure } = await attempt({ answer: 'SETTLED', direction: 'undo' });
    expect(failure).toMatchObject({ type: 'SETTLED', nonRetryable: false });
  });

  it('given orders is away, hands what it could not record to the workflow', async () => {
    const succeeded = await attempt({ orders: 'UNAVAILABLE' });
    expect(succeeded.answer?.unrecorded).toMatchObject({
      orderId: ORDER,
      attempt: 1,
      outcome: 'ok',
      detail: 'captured',
    });
    const refused = await attempt({ orders: 'UNAVAILABLE', answer: 'PAYMENT_DECLINED' });
    expect(refused.failure).toMatchObject({ type: 'PAYMENT_DECLINED', nonRetryable: true });
    expect(refused.failure?.details).toMatchObject([{ outcome: 'refused' }]);
  });

  it.each([
    { timeoutMs: 3_000, participant: 1_500 },
    { timeoutMs: 5_000, participant: 3_500 },
    { timeoutMs: 10_000, participant: 8_500 },
  ])('leaves time to record, and half a second, within $timeoutMs ms', async ({ timeoutMs, participant }) => {
    const { deadlines } = await attempt({ timeoutMs });
    expect(deadlines[0]).toBe(participant);
    expect(deadlines[1]).toBeLessThanOrEqual(timeoutMs - 500);
    expect(deadlines[1]).toBeGreaterThanOrEqual(1_000);
  });
});
