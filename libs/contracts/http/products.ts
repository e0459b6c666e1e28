import { z } from 'zod';
import { money, nextCursor, sku } from './fields.js';

export const product = z
  .object({
    sku,
    name: z.string(),
    price: money,
    available: z.int().min(0).meta({ description: 'Follows the stock a moment later; placing the order decides.' }),
  })
  .meta({ description: 'A product of the catalogue.' });

export const productPage = z
  .object({ items: z.array(product), nextCursor })
  .meta({ description: 'Products of the catalogue.' });

export type Product = z.output<typeof product>;
export type ProductPage = z.output<typeof productPage>;
