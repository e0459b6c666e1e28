import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { concatMap, defer, from, Observable, tap } from 'rxjs';
import type { Operation } from '#libs/contracts/http/operation.js';
import { amendOrder, bulkUpdate, cancelOrder, placeOrder } from '#libs/contracts/http/operations.js';
import { newId } from '#libs/kernel/ids.js';
import { logger } from '#libs/telemetry/logger.js';
import { codeOf } from '../answer-problems/problem.js';
import { pathOf } from '../answer-problems/send-problem.js';
import { OPERATIONS_DESK, type OperationsDesk } from '../peers.module.js';
import { operationServedBy } from '../serve-operations/operation.decorator.js';
import { readInput } from '../serve-operations/read-input.js';
import { timeLeft } from '../serve-operations/time-left.js';
import { notesOf } from '../trace-requests/request-notes.js';
import { traceIdOf } from '../trace-requests/traceparent.js';

const DEADLINE_MS = 2_000;
const MAX_TARGET = 500;

/**
 * Has operations record what an operator is about to do, before anything of it happens: without that it is not done. Then how
 * it ended, whatever became of it. Every write under /v1/ops is one, for the table of operations says so. What an operator does
 * to a customer's order is recorded beside it: an order is not left as it is because the audit is away.
 */
@Injectable()
export class RecordActionsInterceptor implements NestInterceptor {
  constructor(@Inject(OPERATIONS_DESK) private readonly operations: OperationsDesk) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const operation = operationServedBy(context);
    if (operation === undefined) return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const onOrder = isOnOrder(operation, request);
    if (!onOrder && !isAudited(operation)) return next.handle();
    const id = newId<string>();
    const begun = this.begin(request, operation, id);
    begun.catch((error: unknown) => {
      logger().error({ actionId: id, action: operation.id, error }, 'an operator’s action could not be recorded');
    });
    const ended = (outcome: string) => this.end(request, id, outcome, begun);
    const handled = defer(() => next.handle()).pipe(
      tap({ error: (error) => ended(codeOf(error)), complete: () => ended('done') }),
    );
    return onOrder ? handled : from(begun).pipe(concatMap(() => handled));
  }

  private async begin(request: FastifyRequest, operation: Operation, id: string): Promise<void> {
    const target = printable(pathOf(request)).slice(0, MAX_TARGET);
    const [reason, traceId] = [reasonIn(operation, request), traceIdOf(request.id)];
    // What is waited for it is no longer there for the action.
    const call = callOf(request, timeLeft(request, operation));
    await this.operations.recordAction({ id, action: operation.id, target, reason, traceId }, call);
  }

  /** The answer does not wait for it: an action without an end is seen in the audit as one. */
  private end(request: FastifyRequest, id: string, outcome: string, begun: Promise<void>): void {
    begun
      .then(() => this.operations.recordOutcome({ id, outcome }, callOf(request)))
      .catch((error: unknown) => {
        logger().error({ actionId: id, outcome, error }, 'the end of an operator’s action could not be recorded');
      });
  }
}

/** What is done to a customer's order, or in a customer's name. */
const ON_ORDERS: readonly Operation[] = [placeOrder, cancelOrder, amendOrder, bulkUpdate];

function isOnOrder(operation: Operation, request: FastifyRequest): boolean {
  return ON_ORDERS.includes(operation) && notesOf(request).caller?.kind === 'operator';
}

export function isAudited({ method, access }: Operation): boolean {
  return method !== 'get' && access.kind === 'token' && access.scopes.length === 1 && access.scopes[0] === 'ops';
}

function callOf(request: FastifyRequest, leftMs = DEADLINE_MS) {
  const authorization = request.headers.authorization ?? '';
  return { deadlineMs: Math.min(DEADLINE_MS, leftMs), metadata: { authorization, traceparent: request.id } };
}

/** Where the request gives one, and is right: if not, it is refused, and that is its outcome. */
function reasonIn(operation: Operation, request: FastifyRequest): string {
  try {
    const { body } = readInput(operation, request) as { body?: { reason?: unknown } };
    return typeof body?.reason === 'string' ? body.reason : '';
  } catch {
    return '';
  }
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}
