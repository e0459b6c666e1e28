import { setTimeout as pause } from 'node:timers/promises';
import { createClient, type WaybillClient } from '#libs/client/client.js';
import { ProblemError } from '#libs/client/problem-error.js';
import type { Order, PlaceOrderBody } from '#libs/contracts/http/orders.js';
import type { Cancels } from './cancels.js';
import type { Flights } from './flights.js';
import type { History } from './history.js';
import { bodyOf, MIXED, type OrderKind } from './order-kinds.js';
import type { Random } from './random.js';
import type { System } from './system.js';

/** A client that gets no answer goes on asking for this long, always under the same key. */
const PATIENCE_MS = 120_000;
/** One in so many accepted orders is asked for again, as a client does that lost the answer. */
const REPEATED = 0.1;
/** Clients that ask at once. */
const AT_ONCE = 25;

export interface Counts {
  placed: number;
  accepted: number;
  /** Final answers that say no: sold out. */
  refused: number;
  /** No answer within the patience of a client: nobody knows. */
  abandoned: number;
}

/** Customers who place orders through the public API, each until there is an answer. */
export class Load {
  readonly counts: Counts = { placed: 0, accepted: 0, refused: 0, abandoned: 0 };
  /** Ids that a client got a 2xx for. */
  readonly accepted = new Set<string>();
  /** What an API must never do. */
  readonly broken: string[] = [];
  private readonly clients: readonly WaybillClient[];
  private readonly placing = new Set<Promise<string | undefined>>();

  constructor(
    system: System,
    private readonly random: Random,
    private readonly history: History,
    private readonly flights: Flights,
    private readonly cancels: Cancels,
    private readonly seed: string,
  ) {
    const { customer, otherCustomer } = system.run.tokens;
    this.clients = [customer, otherCustomer].map((token) =>
      createClient({ url: system.run.gateway.url, token, transport: { fetch: (url, init) => this.send(url, init) } }),
    );
  }

  /** Places one order. Resolves when it has its answer: its id, if it was accepted. */
  async place(kinds: readonly OrderKind[] = MIXED): Promise<string | undefined> {
    const kind = this.random.draw(kinds);
    const key = `chaos-${this.seed}-${(this.counts.placed += 1)}`;
    const work = this.ask(this.random.pick(this.clients), kind, key, bodyOf(kind, this.random));
    this.placing.add(work);
    return work.finally(() => this.placing.delete(work));
  }

  async placeMany(count: number, kinds: readonly OrderKind[] = MIXED): Promise<void> {
    let left = count;
    const client = async (): Promise<void> => {
      while (left-- > 0) await this.place(kinds);
    };
    await Promise.all(Array.from({ length: Math.min(count, AT_ONCE) }, client));
  }

  /** Places orders until so many are in flight: accepted, and neither confirmed nor ended. */
  async fill(least: number, kinds: readonly OrderKind[] = MIXED): Promise<number> {
    for (;;) {
      const inFlight = await this.flights.count();
      if (inFlight >= least) return inFlight;
      await this.placeMany(Math.min(least - inFlight + 3, AT_ONCE), kinds);
    }
  }

  /** Orders that clients still wait for an answer about. */
  get unanswered(): number {
    return this.placing.size;
  }

  /** Waits for every answer that is still owed. */
  async answered(): Promise<void> {
    await Promise.all([...this.placing]);
    await this.cancels.done();
  }

  private async ask(
    client: WaybillClient,
    kind: OrderKind,
    key: string,
    body: PlaceOrderBody,
  ): Promise<string | undefined> {
    this.history.note('order', { key, kind: kind.name, body });
    const order = await this.untilAnswered(client, key, body);
    if (order === undefined) return undefined;
    this.counts.accepted += 1;
    this.accepted.add(order.id);
    this.cancels.consider(order.id, kind);
    if (this.random.chance(REPEATED)) await this.repeat(client, key, body, order.id);
    return order.id;
  }

  /** The same key again must give the same order. */
  private async repeat(client: WaybillClient, key: string, body: PlaceOrderBody, id: string): Promise<void> {
    const again = await this.untilAnswered(client, key, body);
    if (again?.id !== id) this.broken.push(`key ${key} gave order ${id}, then ${again?.id ?? 'no order'}`);
  }

  private async untilAnswered(client: WaybillClient, key: string, body: PlaceOrderBody): Promise<Order | undefined> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await client.placeOrder(body, { idempotencyKey: key });
      } catch (error) {
        if (error instanceof ProblemError && !error.technical) return this.refuse(key, error);
        if (error instanceof ProblemError && error.code === 'INTERNAL')
          this.broken.push(`key ${key}: ${error.message}`);
        if (Date.now() > deadline) return this.abandon(key, error);
        await pause(200 + this.random.between(0, 800));
      }
    }
  }

  private refuse(key: string, error: ProblemError): undefined {
    this.counts.refused += 1;
    if (error.code !== 'OUT_OF_STOCK') this.broken.push(`key ${key} was refused: ${error.code} ${error.message}`);
  }

  private abandon(key: string, error: unknown): undefined {
    this.counts.abandoned += 1;
    this.history.note('abandoned', { key, error: String(error) });
  }

  /** Every answer that a client saw, also those that it repeated itself for. */
  private async send(url: URL, init: RequestInit): Promise<Response> {
    const key = new Headers(init.headers).get('idempotency-key');
    try {
      const response = await fetch(url, init);
      this.history.note('answer', { key, status: response.status, body: await response.clone().text() });
      return response;
    } catch (error) {
      this.history.note('answer', { key, error: causeOf(error) });
      throw error;
    }
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
