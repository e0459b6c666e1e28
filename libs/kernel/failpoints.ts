import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { logContext } from '#libs/telemetry/logger.js';

/** Where a process can be made to die, to stop or to pause, and what has happened by then. */
export const FAILPOINTS = {
  'place-order.after-claim': 'orders: the idempotency key is claimed, no stock is held',
  'place-order.after-hold': 'orders: the stock is held, the order is not recorded',
  'place-order.before-reply': 'orders: the order is recorded, nobody was told',
  'record-progress.before-reply': 'orders: the event is in the log, the workflow does not know',
  'outbox.before-publish': 'a producer: committed, not published',
  'outbox.after-publish': 'a producer: the broker has confirmed the messages, they are still in the outbox',
  'consumer.before-ack': 'a consumer: the effect is committed (or the workflow started), the message not acknowledged',
  'hold-stock.before-reply': 'inventory: the stock is held, orders does not know',
  'reserve-stock.before-reply': 'inventory: the stock is reserved, the activity does not know',
  'release-stock.before-reply': 'inventory: the stock is given back, the activity does not know',
  'ship-stock.before-reply': 'inventory: the stock is shipped, the activity does not know',
  'charge-order.after-intent': 'payments: the provider has an intent, its id is not stored',
  'charge-order.before-confirm': 'payments: the id of the intent is stored, it is not confirmed',
  'charge-order.after-confirm': 'payments: the provider has charged, that is not stored',
  'charge-order.before-reply': 'payments: the charge is stored, the activity does not know',
  'settle-charge.after-forbid': 'payments: no charge may begin any more, nothing is given back',
  'settle-charge.after-cancel': 'payments: the provider has cancelled the intent, that is not stored',
  'settle-charge.after-refund': 'payments: the provider has refunded, that is not stored',
  'settle-charge.before-reply': 'payments: the settlement is stored, the activity does not know',
  'create-intent.before-reply': 'payment-simulator: the intent is made, payments does not know',
  'confirm-intent.before-reply': 'payment-simulator: the money is taken, payments does not know',
  'cancel-intent.before-reply': 'payment-simulator: the intent is cancelled, payments does not know',
  'create-refund.before-reply': 'payment-simulator: the money is given back, payments does not know',
  'send-payment-webhook.after-delivery': 'payment-simulator: the webhook was answered with 2xx, that is not stored',
  'receive-payment-webhook.after-store': "payments: the provider's event is stored, not compared with its charge",
  'receive-payment-webhook.before-reply': "payments: the provider's event is compared, the provider does not know",
  'create-shipment.before-reply': 'carrier-simulator: rates are quoted, shipping does not know',
  'buy-label.before-reply': 'carrier-simulator: the label is sold, shipping does not know',
  'refund-label.before-reply': 'carrier-simulator: the label is taken back, shipping does not know',
  'send-webhook.after-delivery': 'carrier-simulator: the webhook was answered with 2xx, that is not stored',
  'schedule-shipment.after-quote': 'shipping: the carrier has a shipment, its id is not stored',
  'schedule-shipment.before-buy': 'shipping: the id at the carrier is stored, no label is bought',
  'schedule-shipment.after-buy': 'shipping: the label is bought, that is not stored',
  'schedule-shipment.before-reply': 'shipping: the label is stored, the activity does not know',
  'cancel-shipment.after-void': 'shipping: the carrier has taken the label back, that is not stored',
  'cancel-shipment.before-reply': 'shipping: the cancel is stored, the workflow does not know',
  'receive-webhook.after-store': "shipping: the carrier's event is stored, not applied",
  'receive-webhook.before-reply': "shipping: the carrier's event is applied, the carrier does not know",
  'attempt-step.after-answer': 'fulfilment: the participant has answered, orders was not told',
  'attempt-step.before-completion': 'fulfilment: the attempt is recorded, Temporal does not know',
  'ship-order.after-stock': 'fulfilment: the stock is shipped, orders was not told',
  'record-progress.before-completion': 'fulfilment: the record is written, Temporal does not know',
  'send-mail.after-delivery': 'notifications: the mail is sent, that is not stored',
  'follow-availability.before-commit': 'catalog: a stock level has come, it is not shown yet',
  'project-events.before-commit': 'order-view: the rows of a batch are written, nothing of it is committed',
  'migrate.before-commit': 'a database: the migration has run, it is not committed',
} as const;
export type Failpoint = keyof typeof FAILPOINTS;

/** What a hit is about cannot be named here; at all others a hit that concerns no order is let pass. */
const WITHOUT_ORDER: ReadonlySet<Failpoint> = new Set(['follow-availability.before-commit', 'migrate.before-commit']);
const EFFECT = /^(?:(?<signal>kill|stop)|pause (?<ms>\d{1,6}))$/;

/** A line of `hits.ndjson`. */
export interface Hit {
  readonly at: string;
  readonly service: string;
  readonly pid: number;
  readonly failpoint: Failpoint;
  readonly effect: string;
  /** The order's id, or what the place has of it. */
  readonly about?: string;
}

let on = false;
let service = '';
let folder = '';

/** Makes this process look for armed failpoints in a folder. Without one they cost a test of a boolean each. */
export function switchOnFailpoints(name: string, armed: string | undefined): void {
  on = armed !== undefined;
  service = name;
  folder = armed ?? '';
}

/**
 * A place where a crash would hurt most. It is armed by a file `<folder>/<service>.<name>` that says `kill`, `stop` or
 * `pause <ms>`: whoever comes by first takes the file, so that one file is one hit. The hit is on disk before its effect.
 */
export async function failpoint(name: Failpoint, about?: string): Promise<void> {
  if (!on) return;
  const concerned = about ?? logContext().orderId;
  if (concerned === undefined && !WITHOUT_ORDER.has(name)) return;
  const effect = take(name);
  if (effect !== undefined) await meet(name, effect, concerned);
}

function take(name: Failpoint): string | undefined {
  const armed = join(folder, `${service}.${name}`);
  if (!existsSync(armed)) return undefined;
  const taken = `${armed}.taken-by-${process.pid}`;
  try {
    renameSync(armed, taken);
  } catch {
    return undefined; // another process came by first
  }
  const effect = readFileSync(taken, 'utf8').trim();
  rmSync(taken);
  return effect;
}

async function meet(name: Failpoint, effect: string, about: string | undefined): Promise<void> {
  const { signal, ms } = EFFECT.exec(effect)?.groups ?? {};
  if (signal === undefined && ms === undefined)
    throw new Error(`The failpoint ${name} was armed with "${effect}"; say kill, stop or pause <ms>`);
  write({ at: new Date().toISOString(), service, pid: process.pid, failpoint: name, effect, ...(about && { about }) });
  if (signal !== undefined) process.kill(process.pid, signal === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  else await pause(Number(ms));
}

function write(hit: Hit): void {
  const file = openSync(join(folder, 'hits.ndjson'), 'a');
  try {
    writeSync(file, `${JSON.stringify(hit)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
