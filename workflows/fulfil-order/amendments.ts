import type { EventData } from '#libs/contracts/events.js';
import { StepFailed, type RunningStep, type Saga } from '../saga.js';
import type { AmendDecision, AmendmentRecord, AmendRequest } from './contract.js';
import { linesOf, type FulfilmentStep } from './steps.js';

type Order = EventData['OrderPlaced'];
type Refusal = Extract<AmendDecision, { readonly decision: 'refused' }>;

interface Asked {
  readonly request: AmendRequest;
  /** In which task of the workflow. */
  readonly task: number;
  decision?: AmendDecision;
}

/** What takes time, or can fail. */
export interface AmendmentRunner {
  /** Repeated until there is an answer. Rejects with StepFailed when it is refused: then nothing was changed. */
  changeStock(request: AmendRequest, amended: Order): RunningStep<unknown>;
  /** Not begun before the request is in the workflow's history: what orders has taken is never forgotten here. */
  recordApplied(record: AmendmentRecord): Promise<void>;
  recordRefused(request: AmendRequest, decision: Refusal): void;
  until(condition: () => boolean): Promise<void>;
  /** The workflow task that is under way; a later one is greater. */
  task(): number;
  /**
   * True when a worker may have run this step, and died with all it knew, before a request came that came in this task: from the
   * task on in which there was nothing left to wait for, whatever its successors have waited for since.
   */
  mayHaveBegun(step: FulfilmentStep, task: number): boolean;
}

const ACCEPTED: AmendDecision = { decision: 'accepted' };

/**
 * Decides between two steps, one after the other, what was asked of the order by then. Quantities can be amended until the
 * payment begins, the address until the shipping does. What is accepted is done, and in orders' log, before that step begins.
 */
export class Amendments {
  #order: Order;
  #last: string | null = null;
  #deciding: Asked | undefined;
  readonly #waiting = new Set<Asked>();
  readonly #begun = new Set<FulfilmentStep['name']>();

  constructor(
    placed: Order,
    private readonly saga: Saga<FulfilmentStep>,
    private readonly runner: AmendmentRunner,
  ) {
    this.#order = placed;
  }

  /** As it is by now. */
  get order(): Order {
    return this.#order;
  }

  /** Waits for the step under way to end, unless it is too late already. */
  async decide(request: AmendRequest): Promise<AmendDecision> {
    const { saga, runner } = this;
    const asked: Asked = { request, task: runner.task() };
    const decided = () => asked.decision !== undefined || saga.over || this.#isLate(request);
    this.#waiting.add(asked);
    await runner.until(() => asked !== this.#deciding && decided());
    this.#waiting.delete(asked);
    const decision = asked.decision ?? refused(saga.over ? 'ALREADY_FINAL' : 'TOO_LATE');
    if (decision.decision === 'refused') runner.recordRefused(request, decision);
    return decision;
  }

  /**
   * Decides what was asked for until now; what has to come before this step is too late from here on.
   * @throws TurnedBack when a cancel was accepted meanwhile.
   */
  async decideBefore(step: FulfilmentStep): Promise<void> {
    for (let asked = this.#next(step); asked !== undefined; asked = this.#next(step)) {
      this.#deciding = asked;
      try {
        asked.decision = await this.#apply(asked.request);
      } finally {
        this.#deciding = undefined;
      }
    }
    this.#begun.add(step.name);
  }

  #next(step: FulfilmentStep): Asked | undefined {
    const mayDecide = ({ request, decision, task }: Asked) =>
      decision === undefined && !this.#isLate(request) && !this.runner.mayHaveBegun(step, task);
    return this.saga.over ? undefined : [...this.#waiting].find(mayDecide);
  }

  #isLate({ items }: AmendRequest): boolean {
    return this.#begun.has('schedule-shipping') || (items !== undefined && this.#begun.has('process-payment'));
  }

  async #apply(request: AmendRequest): Promise<AmendDecision> {
    const { commandId, requestedBy, follows } = request;
    if (follows !== undefined && follows !== this.#last) return refused('VERSION_MISMATCH');
    const order = amended(this.#order, request);
    const refusal = request.items && (await this.#changeStock(request, order));
    if (refusal) return refusal;
    const { orderId, total, shippingAddress } = order;
    const items = linesOf(order);
    await this.runner.recordApplied({ orderId, commandId, requestedBy, items, total, shippingAddress });
    [this.#order, this.#last] = [order, commandId];
    return ACCEPTED;
  }

  async #changeStock(request: AmendRequest, order: Order): Promise<Refusal | undefined> {
    try {
      await this.saga.change(() => this.runner.changeStock(request, order));
      return undefined;
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      return refused(error.code === 'OUT_OF_STOCK' ? error.code : 'ALREADY_FINAL');
    }
  }
}

function refused(code: Refusal['code']): Refusal {
  return { decision: 'refused', code };
}

/** At the order's own prices. */
function amended(order: Order, { items = [], shippingAddress = order.shippingAddress }: AmendRequest): Order {
  const quantityOf = new Map(items.map(({ sku, quantity }) => [sku, quantity]));
  const lines = order.items.map((line) => {
    const quantity = quantityOf.get(line.sku) ?? line.quantity;
    return { ...line, quantity, lineTotal: { ...line.unitPrice, amount: line.unitPrice.amount * quantity } };
  });
  const amount = lines.reduce((sum, { lineTotal }) => sum + lineTotal.amount, 0);
  return { ...order, items: lines, total: { ...order.total, amount }, shippingAddress };
}
