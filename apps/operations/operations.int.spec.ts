import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import {
  DeadLetterState,
  type DeadLetter,
  type ListDeadLettersRequest,
} from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { deadLetterHeaders, type Burial } from '#libs/messaging/dead-letter.js';
import { serialiseEnvelope } from '#libs/messaging/envelope.js';
import { orderEvent } from '#libs/messaging/testing/fixtures.js';
import { eventually } from '#libs/testing/eventually.js';
import { operationsFixture, type OperationsFixture } from './testing/operations-fixture.js';

const QUEUE = 'order-facts';
const BURIAL: Burial = {
  reason: 'attempts-exhausted',
  queue: QUEUE,
  handler: 'OrderFactsController.delivered',
  attempts: 3,
  firstAt: '2026-11-20T10:00:00.000Z',
  lastAt: '2026-11-20T10:00:11.000Z',
  error: 'it failed',
};

let fixture: OperationsFixture;
beforeAll(async () => {
  fixture = await operationsFixture();
});
afterAll(() => fixture.close());
afterEach(async () => {
  await sql`delete from dead_letters`.execute(fixture.db);
  while (await fixture.probe.take(QUEUE));
});

async function list(wish: Partial<ListDeadLettersRequest> = {}) {
  const every = { queue: '', reason: '', state: DeadLetterState.UNSPECIFIED, orderId: '', cursor: '', limit: 0 };
  return fixture.operations.listDeadLetters({ ...every, ...wish }, await fixture.as());
}

/** Puts a body among the dead letters, and waits until it is in the table. */
async function bury(
  body: string | Buffer,
  burial: Partial<Burial> = {},
  more: { messageId?: string; headers?: object } = {},
): Promise<DeadLetter> {
  const before = (await list({ limit: 100 })).items.map(({ id, deaths }) => `${id} ${deaths}`);
  const headers = { ...more.headers, ...deadLetterHeaders({ ...BURIAL, ...burial }) };
  await fixture.probe.put(`${QUEUE}-dlq`, body, headers, more.messageId);
  return eventually(async () => {
    const { items } = await list({ limit: 100 });
    const come = items.find(({ id, deaths }) => !before.includes(`${id} ${deaths}`));
    if (come === undefined) throw new Error('it is not in the table yet');
    return come;
  });
}

const replay = async (id: string, key?: string) =>
  (await fixture.operations.replayDeadLetter({ id }, await fixture.as('olga', key === undefined ? {} : { key })))
    .deadLetter;
const discard = async (id: string, reason = 'sent by hand', key?: string) =>
  (
    await fixture.operations.discardDeadLetter(
      { id, reason },
      await fixture.as('olga', key === undefined ? {} : { key }),
    )
  ).deadLetter;
const details = async (id: string) => fixture.operations.getDeadLetter({ id }, await fixture.as());

describe('a dead letter', () => {
  it('given one, then it leaves the broker for the table, which says why, where, who, how often, when, and which order', async () => {
    const envelope = orderEvent();
    const letter = await bury(serialiseEnvelope(envelope), {}, { messageId: envelope.id });
    expect(letter).toMatchObject({
      queue: QUEUE,
      reason: 'attempts-exhausted',
      state: DeadLetterState.OPEN,
      handler: 'OrderFactsController.delivered',
      attempts: 3,
      firstAt: new Date(BURIAL.firstAt),
      lastAt: new Date(BURIAL.lastAt),
      error: 'it failed',
      messageId: envelope.id,
      type: 'OrderRejecting',
      subject: envelope.subject,
      orderId: envelope.correlationId,
      deaths: 1,
    });
    await eventually(async () => expect(await fixture.probe.depth(`${QUEUE}-dlq`)).toBe(0));
  });

  it.each<[string, Buffer]>([
    ['no JSON', Buffer.from('{"half":')],
    ['no text at all', Buffer.from([0, 255, 0, 254, 10])],
    ['nothing', Buffer.alloc(0)],
    ['text that Postgres cannot store', Buffer.from('{"type":"a\\u0000b","correlationId":"\\ud800"}')],
    ['three megabytes', Buffer.alloc(3 << 20, 'x')],
    ['an array, ten thousand deep', Buffer.from('['.repeat(10_000) + ']'.repeat(10_000))],
  ])('given a body of %s, then it is kept to the byte, and a replay sends just that', async (_what, body) => {
    const headers = { traceparent: '00-aa-bb-01', odd: 'a\u0000b', bytes: Buffer.from([1, 2, 0]) };
    const { id, bodyBytes } = await bury(body, {}, { headers });
    expect(bodyBytes).toBe(body.length);
    expect(Buffer.compare((await details(id)).body, body.subarray(0, 65_536))).toBe(0);
    expect(await replay(id)).toMatchObject({ state: DeadLetterState.REPLAYED });
    const sent = await eventually(async () => {
      const message = await fixture.probe.take(QUEUE);
      if (message === undefined) throw new Error('it is not in its queue yet');
      return message;
    });
    expect(Buffer.compare(sent.content, body)).toBe(0);
    expect(sent.properties).toMatchObject({ messageId: 'put-by-hand', headers });
    const { 'x-delivery-count': _, ...others } = sent.properties.headers ?? {};
    expect(Object.keys(others).sort()).toEqual(Object.keys(headers).sort());
  });

  it('given headers that are nonsense, then it is kept all the same', async () => {
    await fixture.probe.put(`${QUEUE}-dlq`, '{}', {
      'x-reason': 'r\u0000',
      'x-attempts': 'many',
      'x-last-failed-at': 'noon',
    });
    await eventually(async () => (await list()).items.length === 1);
    expect((await list()).items[0]).toMatchObject({ reason: 'r\u{FFFD}', attempts: 0, handler: '' });
  });

  it('given one that died at a time that is none, then it is kept, and those behind it are', async () => {
    const time = { '!': 'timestamp', value: 2 ** 52 };
    const headers = { 'x-death': [{ reason: 'expired', queue: QUEUE, time }] };
    await fixture.probe.put(`${QUEUE}-dlq`, '{"n":1}', headers);
    await fixture.probe.put(`${QUEUE}-dlq`, '{"n":2}', deadLetterHeaders(BURIAL));
    await eventually(async () => (await list()).items.length === 2);
    expect((await list()).items).toContainEqual(expect.objectContaining({ reason: 'expired' }));
  });

  it('given one that the database refuses for its data, then its body is kept, and those behind it are', async () => {
    await sql`alter table dead_letters add constraint odd check (handler <> 'Odd.handler')`.execute(fixture.db);
    await fixture.probe.put(`${QUEUE}-dlq`, '{"n":1}', deadLetterHeaders({ ...BURIAL, handler: 'Odd.handler' }));
    await fixture.probe.put(`${QUEUE}-dlq`, '{"n":2}', deadLetterHeaders(BURIAL));
    await eventually(async () => (await list()).items.length === 2);
    const odd = (await list()).items.find(({ handler }) => handler === '');
    expect(odd).toMatchObject({ reason: 'rejected', messageId: 'put-by-hand', bodyBytes: 7 });
    expect(odd?.error).toMatch('Its headers could not be kept');
    expect((await details(odd?.id ?? '')).body.toString()).toBe('{"n":1}');
    await sql`alter table dead_letters drop constraint odd`.execute(fixture.db);
  });

  it('given fifty copies of one message, then it is one dead letter, whose count has grown', async () => {
    const body = serialiseEnvelope(orderEvent());
    const headers = deadLetterHeaders(BURIAL);
    for (let copy = 0; copy < 50; copy += 1) await fixture.probe.put(`${QUEUE}-dlq`, body, headers, 'the-same');
    await eventually(async () => (await list()).items[0]?.deaths === 50);
    expect((await list()).items).toHaveLength(1);
  });

  it('given a service that is away, then they wait in the broker, and are taken over once it is back', async () => {
    await fixture.stop();
    for (const n of [1, 2, 3]) await fixture.probe.put(`${QUEUE}-dlq`, `{"n":${n}}`, deadLetterHeaders(BURIAL));
    await eventually(async () => expect(await fixture.probe.depth(`${QUEUE}-dlq`)).toBe(3));
    await fixture.start();
    await eventually(async () => (await list()).items.length === 3);
    await eventually(async () => expect(await fixture.probe.depth(`${QUEUE}-dlq`)).toBe(0));
  });
});

describe('listing', () => {
  it('narrows by queue, reason, state and order, and goes on page by page, newest first', async () => {
    const envelope = orderEvent();
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1)
      ids.unshift((await bury(`{"n":${n}}`, { reason: n % 2 === 0 ? 'malformed' : 'refused' })).id);
    const { id } = await bury(serialiseEnvelope(envelope));
    await discard(ids[0] ?? '');

    const found = async (wish: Partial<ListDeadLettersRequest>) => (await list(wish)).items.map((each) => each.id);
    expect(await found({ orderId: envelope.correlationId })).toEqual([id]);
    expect(await found({ reason: 'refused' })).toEqual([ids[1], ids[3]]);
    expect(await found({ state: DeadLetterState.DISCARDED })).toEqual([ids[0]]);
    expect(await found({ state: DeadLetterState.OPEN, reason: 'malformed' })).toEqual([ids[2], ids[4]]);
    expect(await found({ queue: 'email-notifications' })).toEqual([]);
    const seen: string[] = [];
    for (let cursor: string | undefined; cursor !== '';) {
      const page = await list({ limit: 4, cursor: cursor ?? '' });
      seen.push(...page.items.map((each) => each.id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([id, ...ids]);
    await expect(list({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('replaying', () => {
  it('twice, and at once, puts it back once, and says who did', async () => {
    const { id } = await bury('{"n":1}');
    const answers = await Promise.allSettled([replay(id), replay(id), replay(id)]);
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    expect(await replay(id)).toMatchObject({ state: DeadLetterState.REPLAYED });
    await eventually(async () => expect(await fixture.probe.depth(QUEUE)).toBe(1));
    const { actions } = await details(id);
    expect(actions.map(({ action, operator }) => `${action} ${operator}`)).toEqual(['replay olga', 'replayed olga']);
  });

  it('what dies again is open again, with a count, and can be replayed again; the old request repeated does nothing', async () => {
    const { id } = await bury('{"n":1}');
    await replay(id, 'first-replay');
    const again = await bury('{"n":1}', { reason: 'refused', lastAt: '2026-11-20T11:00:00.000Z' });
    expect(again).toMatchObject({ id, deaths: 2, state: DeadLetterState.OPEN, reason: 'refused' });
    expect(await replay(id, 'first-replay')).toMatchObject({ state: DeadLetterState.REPLAYED, deaths: 1 });
    expect((await details(id)).deadLetter).toMatchObject({ state: DeadLetterState.OPEN });
    await eventually(async () => expect(await fixture.probe.depth(QUEUE)).toBe(1));
    expect(await replay(id)).toMatchObject({ state: DeadLetterState.REPLAYED });
    await eventually(async () => (await fixture.probe.depth(QUEUE)) === 2);
  });

  it('a crash between publish and commit leaves one that can be replayed once more', async () => {
    const { id } = await bury('{"n":1}');
    await replay(id, 'crashed');
    const asACrashLeavesIt = (until: string) =>
      sql`update dead_letters set state = 'replaying', resolved_at = null, claimed_until = now() + ${until}::interval where id = ${id}`.execute(
        fixture.db,
      );
    await asACrashLeavesIt('5 seconds');
    await expect(replay(id)).rejects.toMatchObject({ code: 'REQUEST_IN_FLIGHT' });
    await expect(discard(id)).rejects.toMatchObject({ code: 'REQUEST_IN_FLIGHT' });
    await asACrashLeavesIt('-1 second');
    await sql`update idempotent_answers set answer = null, lease_until = now() where key = 'crashed'`.execute(
      fixture.db,
    );
    expect(await replay(id, 'crashed')).toMatchObject({ state: DeadLetterState.REPLAYED });
    await eventually(async () => (await fixture.probe.depth(QUEUE)) === 2);
  });

  it('that the broker does not take is said to have failed, and the same request can be made again', async () => {
    const { id } = await bury('{"n":1}');
    await fixture.broker.manage('DELETE', `/queues/%VHOST%/${QUEUE}`);
    await expect(replay(id, 'the-key')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await details(id)).deadLetter).toMatchObject({ state: DeadLetterState.REPLAYING });
    expect(await replay(id, 'the-key')).toMatchObject({ state: DeadLetterState.REPLAYED });
    await eventually(async () => (await fixture.probe.depth(QUEUE)) === 1);
  });
});

describe('discarding', () => {
  it('keeps the reason and who gave it; then it is not put back any more', async () => {
    const { id } = await bury('{"n":1}');
    expect(await discard(id, 'The order was cancelled')).toMatchObject({ state: DeadLetterState.DISCARDED });
    expect(await discard(id, 'The order was cancelled')).toMatchObject({ state: DeadLetterState.DISCARDED });
    await expect(replay(id)).rejects.toMatchObject({ code: 'ALREADY_FINAL' });
    expect(await fixture.probe.depth(QUEUE)).toBe(0);
    expect((await details(id)).actions).toMatchObject([
      { action: 'discard', operator: 'olga', reason: 'The order was cancelled' },
    ]);
  });

  it('needs a reason, and a key for that only', async () => {
    const [one, other] = [await bury('{"n":1}'), await bury('{"n":2}')];
    await expect(discard(one.id, ' ')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await discard(one.id, 'because', 'a-key');
    await expect(discard(one.id, 'for another reason', 'a-key')).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    await expect(replay(other.id, 'a-key')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect((await details(other.id)).deadLetter).toMatchObject({ state: DeadLetterState.OPEN });
  });

  it('is refused for one that was replayed', async () => {
    const { id } = await bury('{"n":1}');
    await replay(id);
    await expect(discard(id)).rejects.toMatchObject({ code: 'ALREADY_FINAL' });
  });

  it('cannot be hidden: what operators did is never rewritten', async () => {
    await expect(sql`update dead_letter_actions set operator = 'nobody'`.execute(fixture.db)).rejects.toThrow(
      'append-only',
    );
    await expect(sql`delete from dead_letter_actions`.execute(fixture.db)).rejects.toThrow('append-only');
  });
});

describe('operators only', () => {
  it('every method refuses whoever has no token, or a customer’s', async () => {
    const id = orderEvent().id;
    const customer = await fixture.as('cus-ada', { scopes: ['orders:read', 'orders:write'] });
    const { operations } = fixture;
    for (const [call, code] of [
      [{ deadlineMs: 10_000 }, 'UNAUTHENTICATED'],
      [customer, 'FORBIDDEN'],
    ] as const) {
      const every = { queue: '', reason: '', state: DeadLetterState.UNSPECIFIED, orderId: '', cursor: '', limit: 0 };
      const asked = [
        () => operations.listDeadLetters(every, call),
        () => operations.getDeadLetter({ id }, call),
        () => operations.replayDeadLetter({ id }, call),
        () => operations.discardDeadLetter({ id, reason: 'x' }, call),
        () => operations.checkInvariants({ full: false }, call),
        () => operations.listQueues({}, call),
      ];
      for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code });
    }
  });

  it('what does not exist is not found', async () => {
    await expect(replay(orderEvent().id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(details(orderEvent().id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the queues', () => {
  it('are told with what waits in them, and which are missing', async () => {
    await fixture.probe.put(QUEUE, '{}');
    await bury('{"n":1}');
    await fixture.broker.manage('DELETE', '/queues/%VHOST%/catalog-availability');
    const { items } = await fixture.operations.listQueues({}, await fixture.as());
    const of = (name: string) => items.find((queue) => queue.name === name);
    expect(of(QUEUE)).toMatchObject({
      ready: 1,
      consumers: 0,
      deadOpen: 1,
      deadReady: 0,
      maxLength: 100_000,
      prefetch: 10,
    });
    expect(of('order-processing')).toMatchObject({ whenFull: 'reject-publish', ttlMs: 86_400_000, missing: false });
    expect(of('catalog-availability')).toMatchObject({ missing: true });
  });
});

describe('the invariants', () => {
  it('given a check that fails, then it says why, and is no result', async () => {
    const answer = await fixture.operations.checkInvariants({ full: false }, await fixture.as());
    expect(answer).toMatchObject({ check: undefined, checking: false, failure: expect.stringContaining('waybill_') });
  });
});
