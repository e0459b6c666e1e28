import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { z } from 'zod';
import {
  ChargeState,
  type ChargeRequest,
  type ChargeResponse,
  type GetChargeRequest,
  type ReceivePaymentWebhookRequest,
  type ReceivePaymentWebhookResponse,
  type SettleRequest,
} from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import type { ListBreakersResponse } from '#libs/contracts/generated/waybill/values/v1/values.js';
import { orderId, orderRequest, webhookRequest } from '#libs/grpc/request-fields.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { parse } from '#libs/kernel/parse.js';
import { listBreakers } from '#libs/resilience/list-breakers.js';
import { Resilience } from '#libs/resilience/resilience.js';
import type { Charge } from './schema.js';
import { ChargeOrder } from './charge-order/charge-order.js';
import { Charges } from './charges.js';
import { ReceivePaymentWebhook } from './receive-payment-webhook/receive-payment-webhook.js';
import { SettleCharge } from './settle-charge/settle-charge.js';

const chargeRequest = z.object({
  orderId,
  customerId: z.string().min(1).max(200),
  amount: z.object({ amount: z.int().min(1), currency: z.string().regex(/^[A-Z]{3}$/) }),
  paymentMethod: z.string().min(1).max(200),
});

@Controller()
export class PaymentsController {
  constructor(
    private readonly chargeOrder: ChargeOrder,
    private readonly settleCharge: SettleCharge,
    private readonly charges: Charges,
    private readonly receiving: ReceivePaymentWebhook,
    private readonly resilience: Resilience<'payments'>,
  ) {}

  @GrpcMethod('PaymentService', 'listBreakers')
  listBreakers(): ListBreakersResponse {
    return listBreakers(this.resilience);
  }

  @GrpcMethod('PaymentService', 'charge')
  async charge(request: ChargeRequest): Promise<ChargeResponse> {
    return responseOf(await this.chargeOrder.execute(parse(chargeRequest, request)));
  }

  @GrpcMethod('PaymentService', 'settle')
  async settle(request: SettleRequest): Promise<ChargeResponse> {
    return responseOf(await this.settleCharge.execute(parse(orderRequest, request).orderId));
  }

  @GrpcMethod('PaymentService', 'getCharge')
  async getCharge(request: GetChargeRequest): Promise<ChargeResponse> {
    const charge = await this.charges.find(parse(orderRequest, request).orderId);
    if (charge === undefined) throw new WaybillError('NOT_FOUND', 'Nothing was charged or settled for this order');
    return responseOf(charge);
  }

  @GrpcMethod('PaymentService', 'receivePaymentWebhook')
  async receivePaymentWebhook(request: ReceivePaymentWebhookRequest): Promise<ReceivePaymentWebhookResponse> {
    return this.receiving.execute(parse(webhookRequest, request));
  }
}

function responseOf(charge: Charge): ChargeResponse {
  const money = (amount: number) => (charge.currency === null ? undefined : { amount, currency: charge.currency });
  return {
    orderId: charge.order_id,
    state: ChargeState[charge.state],
    captured: money(charge.captured),
    refunded: money(charge.refunded),
    providerReference: charge.intent_id ?? '',
    reason: charge.reason ?? '',
  };
}
