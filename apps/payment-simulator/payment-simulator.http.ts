import { createHash } from 'node:crypto';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { failpoint, type Failpoint } from '#libs/kernel/failpoints.js';
import { DATABASE } from '#libs/persistence/database.js';
import { cancelIntent, cancelIntentForm } from './cancel-intent/cancel-intent.js';
import { ConfirmIntent, confirmIntentForm } from './confirm-intent/confirm-intent.js';
import { checkPaymentMethod, createIntent, createIntentForm } from './create-intent/create-intent.js';
import { findIntent } from './find-intent/find-intent.js';
import { fixAccount } from './fix-account/fix-account.js';
import { fault, Faults } from './inject-faults/faults.js';
import { listRefunds, listRefundsForm, RefundCharge, refundForm } from './refund-charge/refund-charge.js';
import type { PaymentSimulatorSchema } from './schema.js';
import { ApiKeyGuard } from './stripe-api/api-key.guard.js';
import { expandList, readForm } from './stripe-api/form.js';
import { IdempotentRequests, type Work } from './stripe-api/idempotent-requests.js';
import { StripeProblem, type Reply } from './stripe-api/reply.js';
import { StripeErrorFilter } from './stripe-api/stripe-error.filter.js';
import { StripeReplyInterceptor } from './stripe-api/stripe-reply.interceptor.js';

const findIntentQuery = z.strictObject({ expand: expandList });

/** The provider's API: a subset of https://docs.stripe.com/api, as the official SDK speaks it. */
@Controller('v1')
@UseGuards(ApiKeyGuard)
@UseInterceptors(StripeReplyInterceptor)
@UseFilters(StripeErrorFilter)
export class StripeApiController {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<PaymentSimulatorSchema>,
    private readonly requests: IdempotentRequests,
    private readonly confirm: ConfirmIntent,
    private readonly refund: RefundCharge,
  ) {}

  @Post('payment_intents')
  async createIntent(@Req() request: FastifyRequest, @Body() body: unknown): Promise<Reply> {
    const form = readForm(createIntentForm, body);
    checkPaymentMethod(form);
    return this.once(request, 'create-intent.before-reply', (trx) => createIntent(trx, form));
  }

  @Get('payment_intents/:id')
  async findIntent(@Param('id') id: string, @Query() query: unknown): Promise<Reply> {
    return findIntent(this.db, id, readForm(findIntentQuery, query).expand);
  }

  @Post('payment_intents/:id/confirm')
  async confirmIntent(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown): Promise<Reply> {
    readForm(confirmIntentForm, body);
    return this.once(request, 'confirm-intent.before-reply', (trx) => this.confirm.execute(trx, id));
  }

  @Post('payment_intents/:id/cancel')
  async cancelIntent(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown): Promise<Reply> {
    const form = readForm(cancelIntentForm, body);
    return this.once(request, 'cancel-intent.before-reply', (trx) => cancelIntent(trx, id, form.cancellation_reason));
  }

  @Post('refunds')
  async createRefund(@Req() request: FastifyRequest, @Body() body: unknown): Promise<Reply> {
    const form = readForm(refundForm, body);
    return this.once(request, 'create-refund.before-reply', (trx) => this.refund.execute(trx, form));
  }

  @Get('refunds')
  async listRefunds(@Query() query: unknown): Promise<Reply> {
    return listRefunds(this.db, readForm(listRefundsForm, query));
  }

  private async once({ headers, url, body }: FastifyRequest, before: Failpoint, work: Work): Promise<Reply> {
    const key = headers['idempotency-key'];
    const reply = await this.requests.execute(
      { key: typeof key === 'string' ? key : undefined, fingerprint: fingerprintOf(url, body) },
      work,
    );
    await failpoint(before, intentIn(reply.body));
    return reply;
  }
}

/** What a person does at the provider, and what a test does to it. Not part of Stripe's API. */
@Controller('simulator')
@UseFilters(StripeErrorFilter)
export class SimulatorController {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<PaymentSimulatorSchema>,
    private readonly faults: Faults,
  ) {}

  @Post('accounts/fix')
  @HttpCode(200)
  fixAccount(): Promise<{ readonly fixedAt: string }> {
    return fixAccount(this.db);
  }

  @Post('faults')
  @HttpCode(202)
  armFault(@Body() body: unknown): { readonly armed: true } {
    const parsed = fault.safeParse(body);
    if (!parsed.success)
      throw new StripeProblem(400, { type: 'invalid_request_error', message: z.prettifyError(parsed.error) });
    this.faults.arm(parsed.data);
    return { armed: true };
  }

  @Delete('faults')
  @HttpCode(204)
  disarmFaults(): void {
    this.faults.disarm();
  }
}

function fingerprintOf(url: string, body: unknown): string {
  const parameters = Object.entries(body ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([url, parameters]))
    .digest('hex');
}

/** An intent itself, or what belongs to one. */
function intentIn(body: object): string | undefined {
  const { id, payment_intent = id } = body as { readonly id?: string; readonly payment_intent?: string };
  return payment_intent;
}
