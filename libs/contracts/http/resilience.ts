import { z } from 'zod';
import { timestamp } from './fields.js';
import { operation } from './operation.js';

const operators = { kind: 'token', scopes: ['ops'] } as const;
const count = z.int().min(0);
const call = {
  caller: z.string().meta({ examples: ['gateway'] }),
  dependency: z.string().meta({ examples: ['catalog'] }),
  method: z.string().meta({ examples: ['getProduct'] }),
};

export const policyList = z
  .object({
    retries: z
      .object({
        attempts: count,
        initialBackoffMs: count,
        maxBackoffMs: count,
        budget: z.object({ tokens: count, refill: z.number() }),
      })
      .meta({
        description: 'How calls are repeated: a failure takes a token, a success refills; below half, none is.',
      }),
    items: z.array(
      z.object({
        ...call,
        timeoutMs: count,
        retried: z.boolean(),
        breaker: z
          .object({ failureShare: z.number(), minCalls: count, windowMs: count, openMs: count })
          .nullable()
          .meta({ description: 'Null: none.' }),
        bulkhead: z.object({ concurrent: count, queued: count }).nullable(),
        fallback: z.string().nullable().meta({ description: 'What is served in its place.' }),
      }),
    ),
  })
  .meta({ description: 'Every call between processes, and what it may take.' });

export const breakerList = z
  .object({
    items: z.array(
      z.object({
        ...call,
        process: z.string().meta({ description: 'Which of a service’s processes: host and process id.' }),
        state: z.enum(['closed', 'open', 'half-open']),
        since: timestamp,
        opened: count.meta({ description: 'How often, since the process began.' }),
        calls: count.meta({ description: 'Of late.' }),
        failures: count,
      }),
    ),
    missing: z
      .array(z.object({ caller: z.string(), reason: z.string() }))
      .meta({ description: 'Services, or replicas of them, that did not say.' }),
  })
  .meta({ description: 'The breakers: of the gateway that answers, of orders, of payments, of shipping.' });

const reading = ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN'] as const;

export const listPolicies = operation({
  id: 'listPolicies',
  method: 'get',
  path: '/v1/ops/policies',
  tag: 'ops',
  summary: 'Look at the policies in force',
  description: 'Timeout, repeats, breaker, bulkhead and fallback of every call between processes.',
  access: operators,
  answers: { 200: { description: 'The policies.', schema: policyList } },
  refusals: reading,
});

export const listBreakers = operation({
  id: 'listBreakers',
  method: 'get',
  path: '/v1/ops/breakers',
  tag: 'ops',
  summary: 'Look at the breakers',
  description: 'What is closed, open, or finding out. Breakers are per process.',
  access: operators,
  answers: { 200: { description: 'The breakers.', schema: breakerList } },
  refusals: reading,
});

export const RESILIENCE_OPERATIONS = [listPolicies, listBreakers] as const;

export type PolicyList = z.output<typeof policyList>;
export type BreakerList = z.output<typeof breakerList>;
