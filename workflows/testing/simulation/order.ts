import { endingOf } from '../../fulfil-order/endings.js';
import { Amendments } from '../../fulfil-order/amendments.js';
import type {
  AmendDecision,
  AmendRequest,
  Fact,
  FulfilOrderInput,
  FulfilOrderResult,
} from '../../fulfil-order/contract.js';
import { linesOf, stepsOf, type FulfilmentStep } from '../../fulfil-order/steps.js';
import { Saga, TurnedBack, type Decision, type Turn } from '../../saga.js';
import type { Agenda } from './agenda.js';
import type { SimulatedRecords } from './records.js';
import type { SimulatedRunner } from './runner.js';

export type Requester = 'customer' | 'temporal';

/** One order on its way, as workflows/fulfil-order/workflow.ts takes it, with cancel.ts, amend.ts and parcel.ts. */
export class SimulatedOrder {
  result: FulfilOrderResult | undefined;
  /** A workflow that fails is a bug. */
  failure: unknown;
  /** Why it was undone, if it was. */
  turn: Turn | undefined;
  readonly decisions: Decision[] = [];
  readonly amendDecisions = new Map<string, AmendDecision>();
  readonly #orderId: string;
  readonly #steps: readonly FulfilmentStep[];
  readonly #saga: Saga<FulfilmentStep>;
  readonly #amendments: Amendments;
  readonly #facts: Fact[] = [];
  readonly #known = new Set<string>();
  #deciding = 0;

  constructor(
    private readonly input: FulfilOrderInput['order'],
    private readonly agenda: Agenda,
    private readonly records: SimulatedRecords,
    private readonly runner: SimulatedRunner,
  ) {
    this.#orderId = input.orderId;
    const { reserveInventory, processPayment, scheduleShipping } = stepsOf(this.input, () => this.#amendments.order);
    this.#steps = [reserveInventory, processPayment, scheduleShipping];
    this.#saga = new Saga(runner, this.#steps);
    this.#amendments = this.#decideAmendments();
  }

  get closed(): boolean {
    return this.result !== undefined || this.failure !== undefined;
  }

  start(): void {
    const begun = this.agenda.pause('→ the workflow begins', 0).over;
    const fulfilled = begun.then(() => this.#fulfilOrder());
    fulfilled.then(
      (result) => (this.result = result),
      (error: unknown) => (this.failure = error),
    );
  }

  cancel(requestedBy: Requester, commandId: string): void {
    if (this.closed) return;
    this.records.meanwhile(async () => {
      const decision = await this.#saga.cancel();
      this.decisions.push(decision);
      if (decision.decision === 'accepted') this.runner.asked.push({ step: 'all', what: 'cancelled' });
      this.agenda.note(`→ the cancel is ${decision.decision === 'accepted' ? 'accepted' : decision.code}`);
      const record = { orderId: this.#orderId, commandId, requestedBy, decision };
      await this.records.writeAfterHistory('recording the decision', (orders) => orders.recordDecision(record));
    });
  }

  amend(request: AmendRequest): void {
    if (this.closed) return;
    this.#deciding += 1;
    const decide = async () => {
      const decision = await this.#amendments.decide(request);
      this.amendDecisions.set(request.commandId, decision);
      this.agenda.note(`→ the amendment is ${decision.decision === 'accepted' ? 'accepted' : decision.code}`);
    };
    void decide().finally(() => (this.#deciding -= 1));
  }

  tell(fact: Fact): void {
    if (this.closed || this.#known.has(fact.factId)) return;
    this.#known.add(fact.factId);
    this.#facts.push(fact);
  }

  #decideAmendments(): Amendments {
    const orderId = this.#orderId;
    return new Amendments(this.input, this.#saga, {
      changeStock: ({ commandId }, amended) => this.runner.amendStock({ orderId, commandId, lines: linesOf(amended) }),
      recordApplied: (record) =>
        this.records.writeAfterHistory('recording the amendment', (orders) => orders.recordAmendment(record)),
      recordRefused: ({ commandId, requestedBy }, decision) => {
        const record = { orderId, commandId, requestedBy, command: 'amend', decision } as const;
        this.records.meanwhile(() =>
          this.records.write('recording the refusal', (orders) => orders.recordDecision(record)),
        );
      },
      until: (condition) => this.agenda.until(condition),
      task: () => 0,
      mayHaveBegun: () => false,
    });
  }

  async #fulfilOrder(): Promise<FulfilOrderResult> {
    try {
      return await this.#fulfil();
    } catch (error) {
      if (error instanceof TurnedBack) return await this.#undo(error.turn);
      throw error;
    } finally {
      await this.agenda.until(() => this.#deciding === 0 && this.records.settled);
    }
  }

  async #fulfil(): Promise<FulfilOrderResult> {
    for (const step of this.#steps) {
      if (step !== this.#steps[0]) await this.#amendments.decideBefore(step);
      // What comes together with the end of the step before is decided only after it: see `mayHaveBegun`.
      await this.runner.mayBeRunUnheard(step);
      await this.#saga.run(step);
    }
    this.agenda.note('→ every step is done');
    await this.#follow();
    this.#saga.goOn();
    this.#saga.complete();
    return { status: 'DELIVERED' };
  }

  async #undo(turn: Turn): Promise<FulfilOrderResult> {
    const orderId = this.#orderId;
    const ending = endingOf(turn);
    this.turn = turn;
    this.agenda.note(`→ it is undone: ${ending.reason}`);
    await this.agenda.until(() => this.records.settled);
    const undoing = 'recording that it is undone';
    await this.records.writeAfterHistory(undoing, (orders) => orders.beginUndo({ orderId, ending }));
    await this.#saga.undo();
    await this.agenda.until(() => this.records.settled);
    this.runner.asked.push({ step: 'all', what: 'undo ended' });
    await this.records.write(`recording ${ending.status}`, (orders) => orders.recordEnding({ orderId, ending }));
    return ending;
  }

  async #follow(): Promise<void> {
    let left = false;
    for (let delivered = false; !delivered && !this.#saga.turnedBack;) {
      await this.agenda.until(() => this.#facts.length > 0 || this.#saga.turnedBack);
      const fact = this.#saga.turnedBack ? undefined : this.#facts.shift();
      if (!fact || (left && fact.kind === 'dispatched')) continue;
      const record = { orderId: this.#orderId, fact };
      const recorded = left;
      await this.records.write(`recording ${fact.kind}`, (orders) =>
        recorded ? orders.recordFact(record) : orders.shipOrder(record),
      );
      left = true;
      delivered = fact.kind === 'delivered';
    }
  }
}
