import { z } from 'zod';

export const orderRequest = z.object({ id: z.uuid() });
export const getOrderRequest = orderRequest
  .extend({ minVersion: z.int().min(0), at: z.date().optional() })
  .refine(
    ({ minVersion, at }) => minVersion === 0 || at === undefined,
    'ask for minVersion or for at: the past does not change',
  );
