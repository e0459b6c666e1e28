import { z } from 'zod';
import { ERROR_RULES, type ErrorCode } from '../errors.js';
import { readers } from './callers.js';
import { operation } from './operation.js';
import { order } from './orders.js';
import { product } from './products.js';

const codes = Object.keys(ERROR_RULES) as [ErrorCode, ...ErrorCode[]];

/** As it is, or why not, with what stands in for it where something does. */
function part<Data extends z.ZodType>(data: Data) {
  return z.union([
    z.object({ data }),
    z.object({
      degraded: z.enum(codes).meta({ description: 'Why it is not as it should be.' }),
      data: data.optional().meta({ description: 'What stands in for it.' }),
    }),
  ]);
}

export const profile = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    addresses: z.array(
      z.object({
        name: z.string(),
        line1: z.string(),
        city: z.string(),
        postalCode: z.string(),
        country: z.string(),
      }),
    ),
  })
  .meta({ description: 'Who the caller is.' });

export const dashboard = z
  .object({
    profile: part(profile),
    orders: part(z.array(order)).meta({ description: 'The newest five.' }),
    recommendations: part(z.array(product)).meta({
      description:
        'Bought by others together with what the caller has bought; popular products stand in, marked stale.',
    }),
  })
  .meta({ description: 'What a customer sees first. Each part may be absent, and says why.' });

export const getDashboard = operation({
  id: 'getDashboard',
  method: 'get',
  path: '/v1/dashboard',
  tag: 'orders',
  summary: 'Get the dashboard',
  description:
    'Profile, newest orders and recommendations, asked for at the same time: what does not answer is left out.',
  access: readers,
  answers: { 200: { description: 'At least one part.', schema: dashboard } },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'UNAVAILABLE'],
});

export type Dashboard = z.output<typeof dashboard>;
export type Profile = z.output<typeof profile>;
