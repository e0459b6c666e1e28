import { z } from 'zod';

export const orderRequest = z.object({ id: z.uuid() });
export const getOrderRequest = orderRequest.extend({ minVersion: z.int().min(0) });
