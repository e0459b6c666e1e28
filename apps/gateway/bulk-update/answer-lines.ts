import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { BulkResult } from '#libs/contracts/http/bulk.js';
import {
  CommandDecision,
  type BulkResult as Answer,
  type BulkUpdateOrdersRequest,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { ErrorCode } from '#libs/contracts/errors.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { readBulkLine, type ReadLine } from './read-bulk-line.js';
import { LineSplitter, type RawLine } from './split-lines.js';

/** What orders takes in one call. */
const MOST_AT_ONCE = 500;
/** What a call or a line ends with that may be carried out all the same. */
const UNKNOWN: ReadonlySet<string> = new Set<ErrorCode>([
  'DEADLINE_EXCEEDED',
  'UNAVAILABLE',
  'REQUEST_IN_FLIGHT',
  'INTERNAL',
]);

export interface Bulk {
  readonly lines: AsyncIterable<Uint8Array>;
  readonly answer: ServerResponse;
  /** Results in the order of the requests. */
  readonly ask: (requests: readonly BulkUpdateOrdersRequest[]) => Promise<readonly Answer[]>;
  readonly maxLineBytes: number;
  /** A sender that is waited for sends something within this time. */
  readonly patienceMs: number;
  /** Whoever reads the answers has taken those of a batch within this time. */
  readonly readPatienceMs: number;
}

/**
 * Answers each line of a request of any length, a batch at a time. The next piece is read when the answers to the one before were
 * taken: who does not read them is sent no more, and what he sends stays with him. Memory is bounded by one piece and its answers.
 */
export async function answerLines(bulk: Bulk): Promise<void> {
  const { lines, answer, ask, maxLineBytes, patienceMs, readPatienceMs } = bulk;
  const splitter = new LineSplitter(maxLineBytes);
  const pieces = lines[Symbol.asyncIterator]();
  let line = 0;
  const answerAll = async (raw: readonly RawLine[]) => {
    for (let from = 0; from < raw.length && !answer.destroyed; from += MOST_AT_ONCE) {
      const batch = raw.slice(from, from + MOST_AT_ONCE).map((one) => ({ ...readBulkLine(one), line: (line += 1) }));
      await send(bulk, await resultsOf(batch, ask));
    }
  };
  try {
    while (!answer.destroyed) {
      const piece = await inTime(pieces.next(), patienceMs);
      if (piece === 'late') return await endLate(bulk, line + 1);
      if (piece.done) break;
      await answerAll(splitter.push(piece.value));
    }
    await answerAll(splitter.end());
    answer.end();
    if (!answer.writableFinished) await untilTaken(answer, 'finish', readPatienceMs);
  } catch (error) {
    // The client has gone, in the middle of a line or of an answer, or reads no more.
    logger().info({ error, line }, 'a bulk request was broken off');
    answer.destroy();
  }
}

async function resultsOf(
  batch: readonly (ReadLine & { readonly line: number })[],
  ask: Bulk['ask'],
): Promise<BulkResult[]> {
  const requests = batch.flatMap((one) => ('request' in one ? [one.request] : []));
  const answers = (requests.length === 0 ? [] : await ask(requests).catch(failedAll(requests.length))).values();
  return batch.map((one) => {
    const { line, id } = one;
    if ('refused' in one) return { line, id, status: 'refused', code: one.refused };
    const { decision, code, replayed } = nextOf(answers);
    if (code !== '') return { line, id, status: UNKNOWN.has(code) ? 'unknown' : 'refused', code };
    return { ...presentDecision({ line, id }, decision), ...(replayed && { replayed }) };
  });
}

function presentDecision(of: Pick<BulkResult, 'line' | 'id'>, decision: CommandDecision): BulkResult {
  switch (decision) {
    case CommandDecision.PENDING:
      return { ...of, status: 'pending' };
    case CommandDecision.ACCEPTED:
      return { ...of, status: 'accepted' };
    default:
      return { ...of, status: 'refused', code: decision.slice('COMMAND_DECISION_'.length) };
  }
}

/** What a call ended with, each of its lines did. Sent again under the same key it has no second effect. */
function failedAll(count: number): (error: unknown) => Answer[] {
  return (error) => {
    const code: ErrorCode = isWaybillError(error) ? error.code : 'INTERNAL';
    return Array.from({ length: count }, () => ({ code, decision: CommandDecision.UNSPECIFIED, replayed: false }));
  };
}

function nextOf(answers: Iterator<Answer, undefined>): Answer {
  const next = answers.next();
  const none = { code: 'INTERNAL', decision: CommandDecision.UNSPECIFIED, replayed: false };
  return next.done === true ? none : next.value;
}

/** Returns when there is room for more. */
async function send({ answer, readPatienceMs }: Bulk, results: readonly BulkResult[]): Promise<void> {
  const text = results.map((result) => `${JSON.stringify(result)}\n`).join('');
  if (answer.destroyed || answer.write(text)) return;
  await untilTaken(answer, 'drain', readPatienceMs);
}

/** Returns too when the client has gone. Listens no longer than it waits: a long answer waits often. */
async function untilTaken(answer: ServerResponse, event: 'drain' | 'finish', patienceMs: number): Promise<void> {
  if (answer.destroyed) return;
  const waiting = new AbortController();
  const { signal } = waiting;
  const late = pause(patienceMs, undefined, { signal }).then(() => {
    throw new Error(`the answers were not read for ${patienceMs} ms`);
  });
  try {
    await Promise.race([once(answer, event, { signal }), once(answer, 'close', { signal }), late]);
  } finally {
    waiting.abort();
  }
}

async function endLate(bulk: Bulk, line: number): Promise<void> {
  const { answer, readPatienceMs } = bulk;
  const { socket } = answer; // which it has no more once it is finished
  await send(bulk, [{ line, id: null, status: 'refused', code: 'REQUEST_TIMEOUT' }]);
  answer.end();
  if (!answer.writableFinished) await untilTaken(answer, 'finish', readPatienceMs);
  socket?.destroy();
}

/** `late` when it takes longer. */
async function inTime<Value>(work: Promise<Value>, ms: number): Promise<Value | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, ms, 'late')));
  work.catch(() => undefined); // it may fail after it was too late
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
