import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { receiveCarrierWebhook, receivePaymentWebhook } from '#libs/contracts/http/operations.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { PAYMENTS, SHIPPING, type Payments, type Shipping } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';

/** Passes on what the world reports, byte for byte: the service behind holds the secret, checks the signature and stores the event. */
@Controller()
export class WebhooksController {
  constructor(
    @Inject(SHIPPING) private readonly shipping: Shipping,
    @Inject(PAYMENTS) private readonly payments: Payments,
  ) {}

  @Serves(receiveCarrierWebhook)
  async carrier(
    @Input() { body, headers }: InputOf<typeof receiveCarrierWebhook>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const event = signedEvent(body, headers['waybill-signature'], 'Waybill-Signature');
    const { duplicate } = await this.shipping.receiveCarrierWebhook(event, forward);
    await reply.code(202).send({ duplicate });
  }

  @Serves(receivePaymentWebhook)
  async provider(
    @Input() { body, headers }: InputOf<typeof receivePaymentWebhook>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const event = signedEvent(body, headers['stripe-signature'], 'Stripe-Signature');
    const { duplicate } = await this.payments.receivePaymentWebhook(event, forward);
    await reply.code(202).send({ duplicate });
  }
}

/** @throws WaybillError UNAUTHENTICATED without a signature. */
function signedEvent(body: Uint8Array, signature: string | undefined, header: string) {
  if (signature === undefined) throw new WaybillError('UNAUTHENTICATED', `Sign the body: send the ${header} header.`);
  return { body: Buffer.from(body), signature };
}
