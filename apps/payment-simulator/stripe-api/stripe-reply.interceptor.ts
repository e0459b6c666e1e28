import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import { CONFIG, type PaymentSimulatorConfig } from '../config.js';
import { Faults, type Fault } from '../inject-faults/faults.js';
import { providerFailure, StripeProblem, type Reply } from './reply.js';

/** Sends a `Reply` with Stripe's headers, unless a fault or the payment method keeps it from the caller. */
@Injectable()
export class StripeReplyInterceptor implements NestInterceptor {
  constructor(
    private readonly faults: Faults,
    @Inject(CONFIG) private readonly config: PaymentSimulatorConfig,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler<Reply>): Promise<Observable<object>> {
    const operation = context.getHandler().name;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const response = context.switchToHttp().getResponse<FastifyReply>();
    await this.meetFault(operation, 'before', request);
    return next.handle().pipe(
      mergeMap(async (reply) => {
        await this.meetFault(operation, 'after', request);
        if (reply.held === true) await this.faults.hold(this.config.WAYBILL_HELD_REPLY_MS);
        response.status(reply.status).headers(headersOf(reply, request));
        return reply.body;
      }),
    );
  }

  private async meetFault(operation: string, moment: Fault['moment'], request: FastifyRequest): Promise<void> {
    const effect = this.faults.take(operation, moment);
    switch (effect?.kind) {
      case undefined:
        return;
      case 'delay':
        return this.faults.hold(effect.ms);
      case 'reset':
        request.raw.socket.destroy();
        throw injectedFailure();
      case 'error':
        throw injectedFailure();
    }
  }
}

function injectedFailure(): StripeProblem {
  const { status } = providerFailure();
  return new StripeProblem(status, { type: 'api_error', message: 'A fault was injected' });
}

function headersOf(reply: Reply, { headers }: FastifyRequest): Record<string, string> {
  const key = headers['idempotency-key'];
  return {
    'request-id': `req_${randomBytes(7).toString('hex')}`,
    ...(typeof key === 'string' && { 'idempotency-key': key }),
    ...(reply.replayed === true && { 'idempotent-replayed': 'true' }),
    // Asking again under the same key would only bring the same failure back.
    ...(reply.status >= 500 && { 'stripe-should-retry': 'false' }),
  };
}
