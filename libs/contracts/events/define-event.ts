import type { z } from 'zod';

export type Service = 'orders' | 'inventory' | 'payments' | 'shipping' | 'catalog' | 'notifications' | 'billing';

/** A shape that was published stays what it is. What changes incompatibly becomes the next version, with a way up from the last. */
export interface EventDefinition<Producer extends Service = Service, Data = unknown> {
  readonly producer: Producer;
  /** Every version's shape, from 1. */
  readonly versions: readonly z.ZodType[];
  /** The way from each version to the next; what is needed besides the data stands in the envelope. */
  readonly upcasts: readonly Upcast[];
  /** Of the newest version; for its type only. */
  readonly newest: z.ZodType<Data>;
}

/** From a version's data to the next one's. Pure, and total on what its version's shape allows. */
export type Upcast = (data: never, at: { readonly occurredAt: string }) => unknown;

/** An event that has had one shape so far. */
export function event<Producer extends Service, Data>(
  producer: Producer,
  shape: z.ZodType<Data>,
): EventDefinition<Producer, Data> {
  return { producer, versions: [shape], upcasts: [], newest: shape };
}

/** The next version of an event. */
export function revised<Producer extends Service, Old, New>(
  before: EventDefinition<Producer, Old>,
  shape: z.ZodType<New>,
  upcast: (data: Old, at: { readonly occurredAt: string }) => NoInfer<New>,
): EventDefinition<Producer, New> {
  return {
    producer: before.producer,
    versions: [...before.versions, shape],
    upcasts: [...before.upcasts, upcast],
    newest: shape,
  };
}
