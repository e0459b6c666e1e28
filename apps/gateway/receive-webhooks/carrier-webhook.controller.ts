import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { InputOf } from '#libs/contracts/http/operation.js';
import { receiveCarrierWebhook } from '#libs/contracts/http/operations.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { SHIPPING, type Shipping } from '../peers.module.js';
import { Forward } from '../serve-operations/forward.decorator.js';
import { Input } from '../serve-operations/input.decorator.js';
import { Serves } from '../serve-operations/operation.decorator.js';

/** Passes on what the carrier sent, byte for byte: shipping holds the secret, checks the signature and stores the event. */
@Controller()
export class CarrierWebhookController {
  constructor(@Inject(SHIPPING) private readonly shipping: Shipping) {}

  @Serves(receiveCarrierWebhook)
  async receive(
    @Input() { body, headers }: InputOf<typeof receiveCarrierWebhook>,
    @Forward() forward: CallOptions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const signature = headers['waybill-signature'];
    if (signature === undefined)
      throw new WaybillError('UNAUTHENTICATED', 'Sign the body: send the Waybill-Signature header.');
    const { duplicate } = await this.shipping.receiveCarrierWebhook({ body: Buffer.from(body), signature }, forward);
    await reply.code(202).send({ duplicate });
  }
}
