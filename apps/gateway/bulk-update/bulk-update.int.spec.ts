import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BulkResult } from '#libs/contracts/http/bulk.js';
import { eventually } from '#libs/testing/eventually.js';
import { runGateway, type RunningGateway } from '../testing/running-gateway.js';
import { ORDER_ID } from '../testing/bulk-stand-in.js';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await runGateway();
});
beforeEach(async () => {
  gateway.peers.reset();
  // What the test before has left under way ends first: a client is noticed to have gone a moment later.
  await eventually(() => gateway.peers.bulks.open === 0);
  Object.assign(gateway.peers.bulks, {
    cancelled: 0,
    lines: [],
    away: false,
    refusal: 'NOT_FOUND',
    hold: Promise.resolve(),
  });
});
afterAll(() => gateway.stop());

const UNKNOWN = '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d11';
const cancelOf = (id: string, more: object = {}) => `${JSON.stringify({ id, op: 'cancel', ...more })}\n`;

function open(of = gateway): { sending: ClientRequest; answered: Promise<IncomingMessage> } {
  const sending = request(`${of.url}/v1/orders/bulk`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${of.token}`,
      'content-type': 'application/x-ndjson',
      'idempotency-key': 'bulk-1',
    },
  });
  sending.flushHeaders();
  const answered = once(sending, 'response').then(([response]) => response as IncomingMessage);
  sending.on('error', () => undefined); // a connection that is broken off shows in what was answered
  return { sending, answered };
}

/** The other end of the next answer. */
async function servedBy({ app }: RunningGateway): Promise<ServerResponse> {
  const [, answer] = (await once(app.getHttpServer(), 'request')) as [IncomingMessage, ServerResponse];
  return answer;
}

async function bulk(...lines: readonly string[]): Promise<BulkResult[]> {
  const { sending, answered } = open();
  sending.end(lines.join(''));
  return resultsOf(await answered);
}

async function resultsOf(answer: IncomingMessage): Promise<BulkResult[]> {
  const results: BulkResult[] = [];
  for await (const line of createInterface({ input: answer })) results.push(JSON.parse(line) as BulkResult);
  return results;
}

/** Lines, for as long as the sender may send; gives how many bytes were taken. */
function pour(sending: ClientRequest): { readonly taken: () => number } {
  const block = cancelOf(UNKNOWN).repeat(1_000);
  let taken = 0;
  const more = (): void => {
    if (sending.destroyed) return;
    taken += block.length;
    if (sending.write(block)) setImmediate(more);
    else sending.once('drain', more);
  };
  more();
  return { taken: () => taken - sending.writableLength };
}

describe('many orders at once', () => {
  it('are answered line by line, in their order; one that is refused stops no other', async () => {
    const amend = { id: ORDER_ID, op: 'amend', ifVersion: 3, changes: { items: [{ sku: 'TEA', quantity: 3 }] } };
    const results = await bulk(
      cancelOf(ORDER_ID),
      cancelOf(UNKNOWN),
      'no json\n',
      '\n',
      '{"id":"x","op":"cancel"}\n',
      `{"id":"${ORDER_ID}","op":"explode"}\r\n`,
      `${JSON.stringify(amend)}\r\n`,
      `{"id":"${'x'.repeat(20_000)}"}\n`,
      JSON.stringify({ id: ORDER_ID, op: 'cancel', key: 'my-own', changes: { reason: 'Twice' } }),
    );
    expect(results).toEqual([
      { line: 1, id: ORDER_ID, status: 'pending' },
      { line: 2, id: UNKNOWN, status: 'refused', code: 'NOT_FOUND' },
      { line: 3, id: null, status: 'refused', code: 'INVALID_REQUEST' },
      { line: 4, id: null, status: 'refused', code: 'INVALID_REQUEST' },
      { line: 5, id: 'x', status: 'refused', code: 'INVALID_REQUEST' },
      { line: 6, id: ORDER_ID, status: 'refused', code: 'INVALID_REQUEST' },
      { line: 7, id: ORDER_ID, status: 'pending' },
      { line: 8, id: null, status: 'refused', code: 'TOO_LARGE' },
      { line: 9, id: ORDER_ID, status: 'pending' },
    ]);
    const [cancel, , amended, last] = gateway.peers.bulks.lines;
    expect(amended).toMatchObject({ id: ORDER_ID, amend: { ifVersion: 3, items: [{ sku: 'TEA', quantity: 3 }] } });
    expect(last).toMatchObject({ key: 'my-own', cancel: { reason: 'Twice' } });
    expect(cancel?.key).not.toBe(amended?.key);
  });

  it('sent again, wherever they broke off, are the same commands, and said to be', async () => {
    const lines = [cancelOf(ORDER_ID), ...['a', 'b', 'c'].map((reason) => cancelOf(ORDER_ID, { changes: { reason } }))];
    const first = open();
    first.sending.write(`${lines[0]}${lines[1]}${lines[2]?.slice(0, 20)}`);
    const answers = createInterface({ input: await first.answered })[Symbol.asyncIterator]();
    for (const line of [1, 2]) expect(JSON.parse(String((await answers.next()).value))).toMatchObject({ line });
    first.sending.destroy();
    expect(await bulk(...lines)).toEqual([
      { line: 1, id: ORDER_ID, status: 'pending', replayed: true },
      { line: 2, id: ORDER_ID, status: 'pending', replayed: true },
      { line: 3, id: ORDER_ID, status: 'pending' },
      { line: 4, id: ORDER_ID, status: 'pending' },
    ]);
    expect((await bulk(...lines)).map(({ replayed }) => replayed)).toEqual([true, true, true, true]);
  });

  it('are answered as they come, and wherever a line is cut', async () => {
    const { sending, answered } = open();
    const line = cancelOf(ORDER_ID);
    sending.write(line + line.slice(0, 30));
    const lines = createInterface({ input: await answered })[Symbol.asyncIterator]();
    expect(JSON.parse((await lines.next()).value as string)).toMatchObject({ line: 1, status: 'pending' });
    sending.end(line.slice(30));
    expect(JSON.parse((await lines.next()).value as string)).toMatchObject({ line: 2, status: 'pending' });
    expect((await lines.next()).done).toBe(true);
  });

  it('may be twenty thousand', async () => {
    const results = await bulk(cancelOf(UNKNOWN).repeat(20_000), cancelOf(ORDER_ID));
    expect(results).toHaveLength(20_001);
    expect(results.at(-1)).toEqual({ line: 20_001, id: ORDER_ID, status: 'pending' });
    expect(new Set(results.slice(0, -1).map(({ code }) => code))).toEqual(new Set(['NOT_FOUND']));
  });

  it('given orders is away, it is unknown what becomes of them', async () => {
    gateway.peers.bulks.away = true;
    const results = await bulk(cancelOf(UNKNOWN), 'no json\n');
    expect(results).toEqual([
      { line: 1, id: UNKNOWN, status: 'unknown', code: 'UNAVAILABLE' },
      { line: 2, id: null, status: 'refused', code: 'INVALID_REQUEST' },
    ]);
  });

  it.each([
    ['DEADLINE_EXCEEDED', 'unknown'],
    ['REQUEST_IN_FLIGHT', 'unknown'],
    ['RATE_LIMITED', 'refused'],
    ['VERSION_MISMATCH', 'refused'],
  ] as const)('given one that orders answers with %s, then it is %s', async (code, status) => {
    gateway.peers.bulks.refusal = code;
    expect(await bulk(cancelOf(UNKNOWN), cancelOf(ORDER_ID))).toEqual([
      { line: 1, id: UNKNOWN, status, code },
      { line: 2, id: ORDER_ID, status: 'pending' },
    ]);
  });
});

describe('backpressure', () => {
  it('a reader that reads nothing stops the sender', async () => {
    const serving = servedBy(gateway);
    const { sending, answered } = open();
    const { taken } = pour(sending);
    const answer = await answered; // is not read
    let before = -1;
    await eventually(
      async () => {
        const now = taken();
        const still = now === before;
        before = now;
        expect(still).toBe(true);
      },
      { withinMs: 20_000, everyMs: 1_000 },
    );
    answer.destroy();
    sending.destroy();
    const served = await serving;
    await eventually(() => served.destroyed);
  }, 30_000);

  it('a client that leaves cancels what is under way for it', async () => {
    gateway.peers.bulks.hold = new Promise(() => undefined);
    const { sending, answered } = open();
    sending.write(cancelOf(ORDER_ID));
    await eventually(() => gateway.peers.bulks.open === 1);
    await answered;
    sending.destroy();
    await eventually(() => gateway.peers.bulks.cancelled === 1);
  });

  it('given an answer that is waited for often, then nothing is left of each wait', async () => {
    const serving = servedBy(gateway);
    const { sending, answered } = open();
    // The answers to one batch are more than the connection takes at once.
    sending.end(`{"id":"${'x'.repeat(100)}"}\n`.repeat(20_000));
    const answer = await serving;
    const listeners: number[] = [];
    answer.on('drain', () => listeners.push(answer.listenerCount('close')));
    expect(await resultsOf(await answered)).toHaveLength(20_000);
    expect(listeners.length).toBeGreaterThan(20);
    expect(Math.max(...listeners)).toBeLessThan(10);
  });
});

describe('patience', () => {
  let impatient: RunningGateway;
  beforeAll(async () => {
    impatient = await runGateway({ WAYBILL_REQUEST_TIMEOUT_MS: '1000', WAYBILL_BULK_READ_PATIENCE_MS: '1000' });
  });
  afterAll(() => impatient.stop());

  it('a sender that stalls is told so, and cut off', async () => {
    const { sending, answered } = open(impatient);
    sending.write(cancelOf(ORDER_ID) + '{"id"');
    const results = await resultsOf(await answered);
    expect(results).toEqual([
      { line: 1, id: ORDER_ID, status: 'pending' },
      { line: 2, id: null, status: 'refused', code: 'REQUEST_TIMEOUT' },
    ]);
  });

  it('a reader that reads nothing is cut off', async () => {
    const serving = servedBy(impatient);
    const { sending, answered } = open(impatient);
    sending.write('\n'.repeat(300_000)); // each is answered with 68 bytes: more than a connection holds
    const answer = await answered; // is not read
    const served = await serving;
    await eventually(() => served.destroyed, { withinMs: 10_000 });
    await expect(answer.toArray()).rejects.toThrow('aborted');
  });
});
