import {
  Outcome,
  ShipmentStatus,
  type RecordResponse,
  type RecordStepRequest,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import type { Progress } from '../../../apps/fulfilment/participants.js';
import type { Calls } from './faults.js';
import { ADDRESS, AMOUNT, QUANTITY } from './sample-order.js';
import { sumOf } from './stock.js';
import type { Due } from './violations.js';

const FORWARD = ['PENDING', 'RESERVED', 'PAID', 'CONFIRMED', 'SHIPPED', 'DELIVERED'];
const REACHED: Readonly<Record<string, string>> = {
  'reserve-inventory': 'RESERVED',
  'process-payment': 'PAID',
  'schedule-shipping': 'CONFIRMED',
};

interface StepLine {
  readonly step: string;
  readonly direction: 'do' | 'undo';
  readonly attempt: number;
  readonly outcome: string;
}

/** Orders' log as it must behave. What it is told that cannot be is kept in `mistakes`. */
export class OrderLog implements Progress {
  status = 'PENDING';
  reason = '';
  readonly statuses: string[] = ['PENDING'];
  readonly steps: StepLine[] = [];
  readonly decisions = new Map<string, string>();
  readonly facts = new Set<string>();
  readonly attention = new Set<string>();
  attentionRaised = 0;
  readonly mistakes: string[] = [];
  /** What the customer has to pay and to get, by what was placed and amended. */
  due: Due = { amount: AMOUNT, quantity: QUANTITY, line1: ADDRESS.line1 };

  constructor(private readonly calls: Calls) {}

  recordStep: Progress['recordStep'] = (request) =>
    this.calls.call('recordStep', () => {
      this.fillIn(request);
      this.addStep(lineOf(request));
      const reached = REACHED[request.step];
      if (request.direction === 'DIRECTION_DO' && request.outcome === Outcome.OK && reached) this.moveForward(reached);
      return this.answer();
    });

  beginUndo: Progress['beginUndo'] = ({ ending, reason }) =>
    this.calls.call('beginUndo', () => {
      if (FORWARD.indexOf(this.status) > FORWARD.indexOf('CONFIRMED'))
        this.mistakes.push(`undo begun while ${this.status}`);
      this.reason = reason;
      this.move(ending === 'ENDING_REJECTED' ? 'REJECTING' : 'CANCELLING');
      return this.answer();
    });

  recordEnding: Progress['recordEnding'] = ({ ending }) =>
    this.calls.call('recordEnding', () => {
      const [from, to] = ending === 'ENDING_REJECTED' ? ['REJECTING', 'REJECTED'] : ['CANCELLING', 'CANCELLED'];
      if (this.status !== from && this.status !== to) this.mistakes.push(`${to} recorded while ${this.status}`);
      if (this.attention.size > 0) this.mistakes.push(`${to} recorded while somebody is asked for attention`);
      this.move(to);
      return this.answer();
    });

  recordFact: Progress['recordFact'] = ({ factId, fact }) =>
    this.calls.call('recordFact', () => {
      if (!FORWARD.includes(this.status)) this.mistakes.push(`${fact} recorded while ${this.status}`);
      this.facts.add(factId);
      this.moveForward(fact === ShipmentStatus.DISPATCHED ? 'SHIPPED' : 'DELIVERED');
      return this.answer();
    });

  recordDecision: Progress['recordDecision'] = ({ commandId, accepted, code }) =>
    this.calls.call('recordDecision', () => {
      this.decisions.set(commandId, accepted ? 'accepted' : code);
      return this.answer();
    });

  recordAmendment: Progress['recordAmendment'] = ({ commandId, total, items, shippingAddress }) =>
    this.calls.call('recordAmendment', () => {
      if (this.steps.some(({ step }) => step === 'schedule-shipping'))
        this.mistakes.push('an amendment was recorded after the shipping had begun');
      if (!this.decisions.has(commandId)) {
        this.due = { amount: total?.amount ?? 0, quantity: sumOf(items), line1: shippingAddress?.line1 ?? '' };
      }
      this.decisions.set(commandId, 'accepted');
      return this.answer();
    });

  recordAttention: Progress['recordAttention'] = ({ step, raised }) =>
    this.calls.call('recordAttention', () => {
      if (raised) this.attention.add(step);
      else if (!this.attention.delete(step)) this.mistakes.push(`attention for ${step} cleared, but never raised`);
      this.attentionRaised += raised ? 1 : 0;
      return this.answer();
    });

  /** `process-payment do 1 failed`, … */
  lines(step?: string): string[] {
    return this.steps
      .filter((line) => step === undefined || line.step === step)
      .map(({ step, direction, attempt, outcome }) => `${step} ${direction} ${attempt} ${outcome}`);
  }

  private fillIn(request: RecordStepRequest): void {
    for (let attempt = 1; attempt < request.attempt; attempt += 1) {
      this.addStep({ ...lineOf(request), attempt, outcome: 'timed_out' });
    }
  }

  private addStep(line: StepLine): void {
    const same = ({ step, direction, attempt }: StepLine) =>
      step === line.step && direction === line.direction && attempt === line.attempt;
    if (!this.steps.some(same)) this.steps.push(line);
  }

  private moveForward(to: string): void {
    const from = FORWARD.indexOf(this.status);
    if (from >= 0 && FORWARD.indexOf(to) > from) this.move(to);
  }

  private move(to: string): void {
    if (this.status === to) return;
    this.status = to;
    this.statuses.push(to);
  }

  private answer(): RecordResponse {
    return { status: 'ORDER_STATUS_PENDING', version: this.statuses.length };
  }
}

function lineOf({ step, direction, attempt, outcome }: RecordStepRequest): StepLine {
  return {
    step,
    attempt,
    direction: direction === 'DIRECTION_DO' ? 'do' : 'undo',
    outcome: outcome.replace('OUTCOME_', '').toLowerCase(),
  };
}
