import { z } from 'zod';
import { cursor, limit, nextCursor, timestamp } from './fields.js';
import { operation } from './operation.js';

const word = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters');

export const operatorAction = z
  .object({
    id: z.uuid(),
    at: timestamp,
    operator: z.string(),
    action: z.string().meta({ examples: ['discardDeadLetter'] }),
    target: z.string().meta({ description: 'The path that was asked for.' }),
    reason: z.string().nullable(),
    traceId: z.string(),
    outcome: z.string().nullable().meta({
      description: '`done`, or the code that was answered. Null: it has begun, and its end has not been heard of.',
    }),
    endedAt: timestamp.nullable(),
  })
  .meta({ description: 'What an operator did.' });

export const auditPage = z
  .object({ items: z.array(operatorAction), nextCursor })
  .meta({ description: 'What operators did, newest first.' });

export const listActions = operation({
  id: 'listActions',
  method: 'get',
  path: '/v1/ops/audit',
  tag: 'ops',
  summary: 'See what operators did',
  description:
    'Every POST and PATCH under `/v1/ops` by whoever may, also when it was refused, recorded before it begins; what operators do to customers’ orders, recorded beside it. Never rewritten.',
  access: { kind: 'token', scopes: ['ops'] },
  query: z.strictObject({
    operator: word.optional().meta({ description: 'Only what this one did.' }),
    action: word.optional().meta({ description: 'Only this, by the id of its operation.' }),
    cursor: cursor.optional(),
    limit,
  }),
  answers: { 200: { description: 'A page of actions.', schema: auditPage } },
  refusals: ['INVALID_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'],
});

export type OperatorAction = z.output<typeof operatorAction>;
export type AuditPage = z.output<typeof auditPage>;
