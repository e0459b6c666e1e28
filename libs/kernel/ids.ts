import { v5, v7, validate } from 'uuid';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type OrderId = Branded<'OrderId'>;
export type CustomerId = Branded<'CustomerId'>;
export type EventId = Branded<'EventId'>;
export type ShipmentId = Branded<'ShipmentId'>;
export type CommandId = Branded<'CommandId'>;

/** A new id, sortable by the time of its making (UUID version 7, RFC 9562). */
export function newId<Id extends string>(): Id {
  return v7() as Id;
}

/** The same id for the same parts, always: for ids that a retry must find again. */
export function derivedId<Id extends string>(...parts: readonly string[]): Id {
  return v5(parts.join('\u0000'), '8d2f7c9e-5a41-4f0e-9d3b-6c1e2b7a4f10') as Id;
}

export function isId(value: string): boolean {
  return validate(value);
}
