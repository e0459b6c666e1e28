import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type ChannelModel } from 'amqplib';
import { Client } from 'pg';
import { createClient } from '#libs/client/client.js';
import type { DeadLetterDetails, DeadLetter } from '#libs/contracts/http/ops.js';
import { newId } from '#libs/kernel/ids.js';
import { newEnvelope, serialiseEnvelope, type Envelope } from '#libs/messaging/envelope.js';
import { databaseName } from '#libs/persistence/provision.js';
import { eventually } from '#libs/testing/eventually.js';
import { rows, run } from './running-system.js';

const MINUTE = 60_000;
const QUEUE = 'email-notifications';
const operator = createClient({ url: run.gateway.url, token: run.tokens.operator });
/** Nobody knows this customer: no repetition of a mail to it can succeed. */
const stranger = `cus-${newId().slice(-12)}`;

let broker: ChannelModel;
beforeAll(async () => {
  broker = await connect(run.rabbitmq.amqp);
});
afterAll(() => broker.close());

/** `waybill dlq …`, as a person runs it. */
function dlq(...args: readonly string[]): {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/apps/cli/main.js', 'dlq', ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, out: stdout, err: stderr };
}

function mailTo(customerId: string): Envelope<'MailRequested'> {
  const orderId = newId();
  return newEnvelope({
    type: 'MailRequested',
    producer: 'notifications',
    subject: newId(),
    sequence: 1,
    correlationId: orderId,
    data: { mail: 'order-rejected', orderId, customerId, reason: 'NOT_SERVED' },
  });
}

async function publish(body: string, messageId: string): Promise<void> {
  const channel = await broker.createConfirmChannel();
  channel.sendToQueue(QUEUE, Buffer.from(body), {
    messageId,
    persistent: true,
    headers: { traceparent: '00-aa-bb-01' },
  });
  await channel.waitForConfirms();
  await channel.close();
}

const send = (mail: Envelope<'MailRequested'>): Promise<void> => publish(serialiseEnvelope(mail), mail.id);

async function asSuperuser(service: string, statement: string): Promise<void> {
  const url = Object.assign(new URL(run.postgres.url), { pathname: `/${databaseName(service)}` });
  const client = new Client({ connectionString: url.toString() });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

const mails = (mail: Envelope): Promise<{ outcome: string; attempts: number; settled_at: Date }[]> =>
  rows('notifications', 'select outcome, attempts, settled_at from mails where id = $1 and outcome is not null', [
    mail.subject,
  ]);
const untilSent = (mail: Envelope) => eventually(async () => (await mails(mail)).length === 1, { withinMs: 20_000 });
/** How many mails notifications has taken from the queue and is done with, whether it had to send them or not. */
async function mailsDone(): Promise<number> {
  const text = await (await fetch(run.services.notifications.metrics)).text();
  const line = new RegExp(
    `^waybill_messages_consumed_total\\{queue="${QUEUE}",type="MailRequested",outcome="done".* (\\d+)$`,
    'm',
  );
  return Number(line.exec(text)?.[1] ?? 0);
}

async function letterOf(messageId: string): Promise<DeadLetter> {
  return eventually(
    async () => {
      const letters = JSON.parse(dlq('list', '--queue', QUEUE, '--all', '--json').out) as DeadLetter[];
      const found = letters.find((letter) => letter.messageId === messageId);
      return found ?? Promise.reject(new Error('it is no dead letter yet'));
    },
    { withinMs: 30_000, everyMs: 250 },
  );
}

describe('a dead letter’s life', () => {
  it(
    'poison stops nothing behind it, is shown, and once its cause is mended has one effect, however often it is replayed',
    async () => {
      const [poison, behind] = [mailTo(stranger), mailTo('cus-ada')];
      await send(poison);
      await send(behind);
      await untilSent(behind);

      const { id } = await letterOf(poison.id);
      const { out: shown } = dlq('show', id);
      expect(shown).toContain(`Nobody knows customer ${stranger}`);
      expect(shown).toContain(`npx waybill dlq replay ${id}`);
      expect(dlq('list', '--order', poison.correlationId).out).toMatch(/refused +open +MailRequested/);
      expect(await mails(poison)).toEqual([]);

      await asSuperuser(
        'customers',
        `insert into customers (id, name, email) values ('${stranger}', 'A Stranger', 'stranger@example.com')`,
      );
      expect(dlq('replay', id)).toMatchObject({ status: 0, out: expect.stringContaining('replayed') });
      await untilSent(poison);
      const [sentOnce, done] = [await mails(poison), await mailsDone()];
      expect(dlq('replay', id)).toMatchObject({ status: 0, out: expect.stringContaining('replayed') });
      // As a crash between publish and commit leaves it: this one is really published again.
      await asSuperuser('operations', `update dead_letters set state = 'open', resolved_at = null where id = '${id}'`);
      expect(dlq('replay', id)).toMatchObject({ status: 0, out: expect.stringContaining('replayed') });
      // Or more: other orders have mails, too.
      await eventually(async () => (await mailsDone()) > done);

      expect(await mails(poison)).toEqual(sentOnce);
      expect(sentOnce).toMatchObject([{ outcome: 'sent' }]);
      const letter = JSON.parse(dlq('show', id, '--json').out) as DeadLetterDetails;
      expect(letter).toMatchObject({ state: 'replayed', deaths: 1, headers: { traceparent: '00-aa-bb-01' } });
      expect(letter.actions.map(({ action, operator: by }) => `${action} ${by}`)).toEqual([
        'replay operator',
        'replayed operator',
        'replay operator',
        'replayed operator',
      ]);
    },
    2 * MINUTE,
  );

  it(
    'what is no message of ours is shown as what it is, and discarded with a reason',
    async () => {
      const newer = { ...mailTo('cus-ada'), schemaVersion: 99 };
      const strange: Record<string, string> = {
        malformed: '{"half":',
        'unknown-type': JSON.stringify({ ...newer, id: newId(), type: 'MailShredded' }),
        'unknown-version': JSON.stringify(newer),
      };
      for (const [reason, body] of Object.entries(strange)) await publish(body, `${reason}-${stranger}`);
      for (const reason of Object.keys(strange)) {
        const letter = await letterOf(`${reason}-${stranger}`);
        expect(letter).toMatchObject({ reason, state: 'open', attempts: 1 });
        expect(dlq('discard', letter.id).err).toContain('--reason');
        expect(dlq('discard', letter.id, '--reason', 'a test')).toMatchObject({ status: 0 });
        expect(dlq('replay', letter.id)).toMatchObject({ status: 2, err: expect.stringContaining('ALREADY_FINAL') });
      }
      expect(dlq('show', newId())).toMatchObject({ status: 2, err: expect.stringContaining('NOT_FOUND') });
    },
    2 * MINUTE,
  );
});

describe('the state of the system', () => {
  it(
    'is told to operators: invariants, and queues with their limits',
    async () => {
      const checked = await eventually(
        async () => {
          const answer = await operator.checkInvariants();
          return answer.checkedAt === null ? Promise.reject(new Error(answer.failure ?? 'being checked')) : answer;
        },
        { withinMs: 30_000, everyMs: 200 },
      );
      expect(checked).toMatchObject({ failure: null, violationCount: checked.violations.length });
      const { items } = await operator.listQueues();
      expect(items.find(({ name }) => name === 'order-processing')).toMatchObject({
        missing: false,
        limits: { maxLength: 10_000, whenFull: 'reject-publish', prefetch: 10 },
      });
      expect(items.every(({ consumers }) => consumers > 0)).toBe(true);
    },
    MINUTE,
  );

  it('is told to nobody else', async () => {
    const customer = createClient({ url: run.gateway.url, token: run.tokens.customer });
    await expect(customer.listDeadLetters()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(customer.checkInvariants()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(customer.replayDeadLetter(newId())).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
