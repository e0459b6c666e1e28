import { z } from 'zod';
import { operation } from './operation.js';

export const receiveCarrierWebhook = operation({
  id: 'receiveCarrierWebhook',
  method: 'post',
  path: '/v1/webhooks/carrier',
  tag: 'webhooks',
  summary: 'The carrier reports on a shipment',
  description:
    'Signed by the carrier; answered once the event is stored. A repeat of a stored event is answered alike and has no second effect.',
  access: { kind: 'public' },
  headers: z.object({
    'waybill-signature': z.string().max(1_000).optional().meta({
      description:
        'Without it the answer is 401. `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `t.body`, at most five minutes old.',
    }),
  }),
  body: 'raw',
  answers: {
    202: {
      description: 'Stored.',
      schema: z.object({ duplicate: z.boolean().meta({ description: 'It had been received before.' }) }),
    },
  },
  refusals: [
    'INVALID_REQUEST',
    'UNAUTHENTICATED',
    'TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'UNAVAILABLE',
    'DEADLINE_EXCEEDED',
  ],
});

export const receivePaymentWebhook = operation({
  id: 'receivePaymentWebhook',
  method: 'post',
  path: '/v1/webhooks/payments',
  tag: 'webhooks',
  summary: 'The payment provider reports on a charge',
  description:
    'Signed by the provider; answered once the event is stored. A repeat of a stored event is answered alike and has no second effect. The event only says that something happened: what is true, the provider is asked.',
  access: { kind: 'public' },
  headers: z.object({
    'stripe-signature': z.string().max(1_000).optional().meta({
      description:
        'Without it the answer is 401. `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `t.body`, at most five minutes old.',
    }),
  }),
  body: 'raw',
  answers: receiveCarrierWebhook.answers,
  refusals: receiveCarrierWebhook.refusals,
});
