import { beginSending } from '../message-hops.js';
import type { OutgoingMessage, PublishOutcome } from '../publisher.js';
import { toMessage, type OutboxRow } from './outbox-rows.js';

/** Rows of the outbox as the messages that are sent for them. `end` is told what became of each, in their order. */
export function beginPublishing(
  rows: readonly OutboxRow[],
  producer: string,
): { readonly messages: OutgoingMessage[]; readonly end: (outcomes: readonly PublishOutcome[]) => void } {
  const sendings = rows.map((row) => beginSending(row.lane, row.routing_key, row.message_id, row.headers));
  return {
    messages: rows.map((row, place) =>
      toMessage({ ...row, headers: sendings[place]?.headers ?? row.headers }, producer),
    ),
    end: (outcomes) => sendings.forEach(({ end }, place) => end(outcomes[place] ?? 'unconfirmed')),
  };
}
