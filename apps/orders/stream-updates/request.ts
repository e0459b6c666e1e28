import { z } from 'zod';
import { orderRequest } from '../get-order/request.js';

export const streamOrderUpdatesRequest = orderRequest.extend({ afterVersion: z.int().min(0) });
