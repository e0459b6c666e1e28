import {
  DeadLetterState as WireState,
  type DeadLetter as GrpcDeadLetter,
  type GetDeadLetterResponse,
} from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import type { DeadLetter, DeadLetterDetails, DeadLetterState } from '#libs/contracts/http/ops.js';
import { WaybillError } from '#libs/kernel/errors.js';

export const WIRE_STATES: Readonly<Record<DeadLetterState, WireState>> = {
  open: WireState.OPEN,
  replaying: WireState.REPLAYING,
  replayed: WireState.REPLAYED,
  discarded: WireState.DISCARDED,
};

const STATES = new Map(Object.entries(WIRE_STATES).map(([state, wire]) => [wire, state as DeadLetterState]));

/** Empty on the wire is null here. @throws WaybillError INTERNAL for an answer without a dead letter. */
export function presentDeadLetter(letter: GrpcDeadLetter | undefined): DeadLetter {
  const state = letter && STATES.get(letter.state);
  if (letter === undefined || state === undefined) throw new WaybillError('INTERNAL', 'operations answered nothing');
  const { handler, firstAt, lastAt, error, messageId, type, subject, orderId, ...rest } = letter;
  return {
    ...rest,
    state,
    handler: handler || null,
    firstAt: (firstAt ?? new Date(0)).toISOString(),
    lastAt: (lastAt ?? new Date(0)).toISOString(),
    error: error || null,
    messageId: messageId || null,
    type: type || null,
    subject: subject || null,
    orderId: orderId || null,
  };
}

export function presentDetails({ deadLetter, headers, body, actions }: GetDeadLetterResponse): DeadLetterDetails {
  const presented = presentDeadLetter(deadLetter);
  return {
    ...presented,
    headers: JSON.parse(headers) as Record<string, unknown>,
    body: { ...presentBytes(body), truncated: body.length < presented.bodyBytes },
    actions: actions.map(({ action, operator, reason, at }) => ({
      action: action as DeadLetterDetails['actions'][number]['action'],
      operator,
      reason: reason || null,
      at: (at ?? new Date(0)).toISOString(),
    })),
  };
}

/** As text where the bytes are text; the end may be in the middle of a character. */
function presentBytes(bytes: Uint8Array): Pick<DeadLetterDetails['body'], 'encoding' | 'content'> {
  try {
    return { encoding: 'utf8', content: new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true }) };
  } catch {
    return { encoding: 'base64', content: Buffer.from(bytes).toString('base64') };
  }
}
