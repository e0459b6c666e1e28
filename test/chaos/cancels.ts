import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Flights } from './flights.js';
import type { History } from './history.js';
import type { OrderKind } from './order-kinds.js';
import type { Random } from './random.js';
import type { System } from './system.js';
import { until } from './system.js';

/** Operators who request the cancellation of an order's workflow in Temporal. Where it is too late the order goes on. */
export class Cancels {
  private readonly underWay = new Set<Promise<void>>();

  private constructor(
    readonly client: Client,
    private readonly random: Random,
    private readonly history: History,
    private readonly flights: Flights,
  ) {}

  static async open({ run }: System, random: Random, history: History, flights: Flights): Promise<Cancels> {
    const connection = await Connection.connect({ address: run.temporal.address });
    return new Cancels(new Client({ connection, namespace: run.temporal.namespace }), random, history, flights);
  }

  /** Cancels an accepted order in a while, if its kind says so. */
  consider(id: string, { cancel }: OrderKind): void {
    if (cancel === undefined) return;
    const work = this.cancel(id, cancel)
      .catch((error: unknown) => this.history.note('cancel failed', { id, error: String(error) }))
      .finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  async done(): Promise<void> {
    await Promise.all([...this.underWay]);
  }

  async close(): Promise<void> {
    await this.client.connection.close();
  }

  private async cancel(id: string, when: NonNullable<OrderKind['cancel']>): Promise<void> {
    if (when === 'after-a-moment') await pause(this.random.between(200, 3_000));
    else
      await until(
        async () => !(await this.flights.isMoving(id)),
        120_000,
        () => `${id} to be confirmed`,
      );
    await until(
      () => this.request(id),
      120_000,
      () => `Temporal to take the cancel of ${id}`,
      500,
    );
  }

  /** An order whose workflow has closed meanwhile is cancelled no more. */
  async request(id: string): Promise<boolean> {
    try {
      await this.client.workflow.getHandle(`order-${id}`).cancel();
      this.history.note('cancel', { id });
    } catch (error) {
      const closed = error instanceof Error && error.name === 'WorkflowNotFoundError';
      // Temporal may be away, or the order's message still be on its way to fulfilment.
      if (!closed || (await this.flights.isMoving(id))) throw error;
    }
    return true;
  }
}
