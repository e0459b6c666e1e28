import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Kysely, QueryExecutorProvider } from 'kysely';
import { callContext } from '#libs/grpc/call-context.js';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import { claimAnswer, giveUpAnswer, inFlight, storeAnswer, type Lease } from './answer-rows.js';

/** How a message is written and read: what is generated from a .proto file. */
interface Codec<Message> {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
}

export interface KeyedCall<Request, Answer> {
  /** Who calls, by the token. */
  readonly caller: string;
  /** Tells calls apart that have equal requests. */
  readonly method: string;
  readonly request: Request;
  readonly codecs: { readonly request: Codec<Request>; readonly answer: Codec<Answer> };
}

/** Stores the answer in the transaction of its effect. @throws WaybillError REQUEST_IN_FLIGHT when another call has taken over: roll back. */
export type Settle<Answer> = (trx: QueryExecutorProvider, answer: Answer) => Promise<void>;

export interface AnswerOptions {
  /** How long one process may answer a key alone. Longer than any call lasts. */
  readonly leaseMs: number;
}
export const ANSWER_OPTIONS = Symbol('answer options');

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Answers each caller's key once, however many replicas are asked: a repetition gets the stored answer. */
@Injectable()
export class AnswerOnce {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<never>,
    @Inject(ANSWER_OPTIONS) private readonly options: AnswerOptions,
  ) {}

  /**
   * @param work has the effect; it settles in its own transaction, or is safe to begin again after a crash before its answer was stored
   * @throws WaybillError IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, REQUEST_IN_FLIGHT; what `work` throws
   */
  async execute<Request, Answer>(
    call: KeyedCall<Request, Answer>,
    work: (settle: Settle<Answer>) => Promise<Answer>,
  ): Promise<Answer> {
    const { caller, codecs } = call;
    const key = requireKey(callContext().idempotencyKey);
    const claim = await claimAnswer(this.db, { caller, key }, fingerprintOf(call), this.options.leaseMs);
    if (claim.kind === 'answered') {
      callContext().replayed?.();
      return codecs.answer.decode(claim.answer);
    }
    return this.answer(claim.lease, codecs.answer, work);
  }

  private async answer<Answer>(
    lease: Lease,
    codec: Codec<Answer>,
    work: (settle: Settle<Answer>) => Promise<Answer>,
  ): Promise<Answer> {
    let settled = false;
    const settle: Settle<Answer> = async (trx, answer) => {
      if (!(await storeAnswer(trx, lease, codec.encode(answer).finish()))) throw inFlight();
      settled = true;
    };
    try {
      const answer = await work(settle);
      if (!settled) await this.store(lease, codec.encode(answer).finish());
      return answer;
    } catch (error) {
      await this.giveUp(lease, isWaybillError(error) && !error.technical);
      throw error;
    }
  }

  /** The effect is there, whether or not its answer can be kept: a repetition then finds it done. */
  private async store(lease: Lease, answer: Uint8Array): Promise<void> {
    try {
      await storeAnswer(this.db, lease, answer);
    } catch (error) {
      logger().warn({ error }, 'an answer could not be stored; a repetition is worked out anew');
    }
  }

  private async giveUp(lease: Lease, refused: boolean): Promise<void> {
    try {
      await giveUpAnswer(this.db, lease, refused);
    } catch (error) {
      logger().warn({ error }, 'a claim could not be given back; its lease ends by itself');
    }
  }
}

function requireKey(key: string | undefined): string {
  if (key === undefined || key === '')
    throw new WaybillError(
      'IDEMPOTENCY_KEY_MISSING',
      'Send an idempotency-key: one per intent, again with each retry.',
    );
  if (!KEY.test(key))
    throw new WaybillError('INVALID_REQUEST', 'idempotency-key: must be 1 to 255 visible ASCII characters');
  return key;
}

function fingerprintOf<Request, Answer>({ method, request, codecs }: KeyedCall<Request, Answer>): string {
  const bytes = Buffer.from(codecs.request.encode(request).finish()).toString('base64url');
  return hash('sha256', `${method}\n${bytes}`, 'base64url');
}
