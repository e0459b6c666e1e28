import type { RecordResponse } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { parse } from '#libs/kernel/parse.js';
import { decide } from '../../../apps/orders/order/decide.js';
import type { OrderEvent } from '../../../libs/order-log/events.js';
import { evolve } from '../../../libs/order-log/evolve.js';
import { NOT_PLACED, type Order } from '../../../libs/order-log/order.js';
import * as requests from '../../../apps/orders/record-progress/requests.js';
import type { Progress } from '../../../apps/fulfilment/participants.js';
import type { FulfilOrderInput } from '../../fulfil-order/contract.js';
import type { Calls, Operation } from '../../fulfil-order/testing/faults.js';

/** Orders' log: what orders really decides and remembers, without its database. */
export class OrdersLog implements Progress {
  order: Order;
  readonly events: OrderEvent[] = [];

  constructor(
    private readonly calls: Calls,
    placed: FulfilOrderInput['order'],
  ) {
    this.order = evolve(NOT_PLACED, { type: 'OrderPlaced', data: placed });
  }

  recordStep: Progress['recordStep'] = (request) => this.#record('recordStep', requests.stepRecord, request);
  beginUndo: Progress['beginUndo'] = (request) => this.#record('beginUndo', requests.undoRecord, request);
  recordEnding: Progress['recordEnding'] = (request) => this.#record('recordEnding', requests.endingRecord, request);
  recordFact: Progress['recordFact'] = (request) => this.#record('recordFact', requests.factRecord, request);
  recordDecision: Progress['recordDecision'] = (request) =>
    this.#record('recordDecision', requests.decisionRecord, request);
  recordAmendment: Progress['recordAmendment'] = (request) =>
    this.#record('recordAmendment', requests.amendmentRecord, request);
  recordAttention: Progress['recordAttention'] = (request) =>
    this.#record('recordAttention', requests.attentionRecord, request);

  #record(
    operation: Operation,
    schema: (typeof requests)[keyof typeof requests],
    request: unknown,
  ): Promise<RecordResponse> {
    return this.calls.call(operation, () => {
      const { command } = parse(schema, request);
      const events = decide(command, this.order);
      this.events.push(...events);
      this.order = events.reduce<Order>(evolve, this.order);
      return { status: `ORDER_STATUS_${this.order.progress.status}`, version: this.order.version };
    });
  }
}
