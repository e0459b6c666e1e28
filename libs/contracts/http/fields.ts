import { z } from 'zod';

/** Control characters (NUL above all, which Postgres cannot store) and halves of surrogate pairs are no text. */
const isPlainText = (value: string): boolean => !/[\p{Cc}\p{Cs}]/u.test(value);

/** One line of text that a person wrote. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(isPlainText, 'must not contain control characters')
    .refine((value) => value.trim() !== '', 'must not be blank');

export const orderId = z.uuid().meta({ examples: ['01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10'] });
export const customerId = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters')
  .meta({ examples: ['cus-ada'] });
/** Upper or lower case, as the catalogue has it: one that it does not know is UNKNOWN_SKU, not a bad request. */
export const sku = text(64).meta({ examples: ['MUG-ENAMEL'] });
export const quantity = z.int().min(1).max(1_000);
/** In the smallest unit of a currency. */
export const amount = z
  .int()
  .min(0)
  .meta({ examples: [1240] });
export const version = z.int().min(1);
export const timestamp = z.iso.datetime();

export const money = z.object({ amount, currency: z.string().regex(/^[A-Z]{3}$/) }).meta({
  description: 'An amount in the smallest unit of its currency (cents for EUR).',
  examples: [{ amount: 1240, currency: 'EUR' }],
});

/** Query parameters arrive as text; only plain digits are a number. */
export const digits = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value), schema);

export const cursor = z
  .string()
  .regex(/^[\x21-\x7e]{1,512}$/, 'must be a nextCursor of an earlier answer')
  .meta({ description: 'The `nextCursor` of the page before.' });
export const limit = digits(z.int().min(1).max(100).default(20)).meta({ description: 'Items per page.' });
export const nextCursor = z.string().nullable().meta({ description: 'Asks for the next page; null on the last one.' });
