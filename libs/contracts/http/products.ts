import { z } from 'zod';
import { money, nextCursor, sku, text } from './fields.js';

/** Served while the catalogue does not answer: as it was up to half a minute ago. */
const stale = z.literal(true).optional().meta({
  description: 'Present while the catalogue does not answer: this is what it said last, at most 30 s ago.',
});

export const product = z
  .object({
    sku,
    name: z.string(),
    price: money,
    available: z.int().min(0).meta({ description: 'Follows the stock a moment later; placing the order decides.' }),
    stale,
  })
  .meta({ description: 'A product of the catalogue.' });

export const productPage = z
  .object({ items: z.array(product), nextCursor, stale })
  .meta({ description: 'Products of the catalogue.' });

export const changeProductBody = z
  .strictObject({
    price: z.strictObject({ amount: z.int().min(1).max(1_000_000_000), currency: money.shape.currency }).optional(),
    name: text(200).optional(),
  })
  .refine(({ price, name }) => price !== undefined || name !== undefined, 'must have a price or a name')
  .meta({
    description: 'What to change of a product; what is left out stays.',
    examples: [{ price: { amount: 1390, currency: 'EUR' } }],
  });

export type ChangeProductBody = z.input<typeof changeProductBody>;
export type Product = z.output<typeof product>;
export type ProductPage = z.output<typeof productPage>;
