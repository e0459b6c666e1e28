import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { receivePaymentWebhook } from '#libs/contracts/http/operations.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { PAYMENTS, type Payments } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';

/** Passes on what the payment provider sent, byte for byte: payments holds the secret, checks the signature and stores the event. */
@Controller()
export class PaymentWebhookController {
  constructor(@Inject(PAYMENTS) private readonly payments: Payments) {}

  @Serves(receivePaymentWebhook)
  async receive(
    @Input() { body, headers }: InputOf<typeof receivePaymentWebhook>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const signature = headers['stripe-signature'];
    if (signature === undefined)
      throw new WaybillError('UNAUTHENTICATED', 'Sign the body: send the Stripe-Signature header.');
    const { duplicate } = await this.payments.receivePaymentWebhook({ body: Buffer.from(body), signature }, forward);
    await reply.code(202).send({ duplicate });
  }
}
