import { z } from 'zod';
import { money } from '#libs/contracts/http/fields.js';
import { invoiceList } from '#libs/contracts/http/invoices.js';
import { auditPage } from '#libs/contracts/http/audit.js';
import {
  deadLetter,
  deadLetterDetails,
  deadLetterPage,
  discardBody,
  invariants,
  queues,
} from '#libs/contracts/http/ops.js';
import {
  amendOrderBody,
  cancelOrderBody,
  command,
  order,
  orderPage,
  placeOrderBody,
  timeline,
} from '#libs/contracts/http/orders.js';
import { problem } from '#libs/contracts/http/problem.js';
import { changeProductBody, product, productPage } from '#libs/contracts/http/products.js';

type Json = Readonly<Record<string, unknown>>;

/** The schemas with a name of their own; others are written where they are used. */
const NAMED = {
  PlaceOrder: placeOrderBody,
  Order: order,
  OrderPage: orderPage,
  Timeline: timeline,
  CancelOrder: cancelOrderBody,
  AmendOrder: amendOrderBody,
  Command: command,
  InvoiceList: invoiceList,
  ChangeProduct: changeProductBody,
  Product: product,
  ProductPage: productPage,
  DeadLetter: deadLetter,
  DeadLetterPage: deadLetterPage,
  DeadLetterDetails: deadLetterDetails,
  DiscardDeadLetter: discardBody,
  Invariants: invariants,
  Queues: queues,
  AuditPage: auditPage,
  Money: money,
  Problem: problem,
};

const names = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(NAMED)) names.add(schema, { id });

/** `input`: what a request may say, and what an answer says; nothing here is transformed on its way out. */
const OPTIONS = { io: 'input', target: 'draft-2020-12' } as const;

/** Every named schema, for `#/components/schemas`. */
export function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(names, { ...OPTIONS, uri: referenceTo });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, tidy(schema)]));
}

export function schemaReference(schema: z.ZodType): Json {
  const id = names.get(schema)?.id;
  return id === undefined ? inlineSchema(schema) : { $ref: referenceTo(id) };
}

export function inlineSchema(schema: z.ZodType): Json {
  return tidy(z.toJSONSchema(schema, OPTIONS));
}

function referenceTo(id: string): string {
  return `#/components/schemas/${id}`;
}

/** Inside of an OpenAPI document a schema names neither its dialect nor itself. */
function tidy({ $schema, $id, '~standard': _, ...rest }: Json): Json {
  void [$schema, $id];
  return rest;
}
