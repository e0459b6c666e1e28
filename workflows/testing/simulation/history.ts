import { DEFAULT_POLICY } from '../../fulfil-order/policy.js';
import { Carrier } from '../../fulfil-order/testing/carrier.js';
import { Money } from '../../fulfil-order/testing/money.js';
import { QUANTITY, sampleOrder } from '../../fulfil-order/testing/sample-order.js';
import { Stock } from '../../fulfil-order/testing/stock.js';
import { Agenda } from './agenda.js';
import { Choices } from './choices.js';
import { Network } from './network.js';
import { SimulatedOrder } from './order.js';
import { OrdersLog } from './orders-log.js';
import { letTheWorldTurn } from './outside.js';
import { SimulatedRecords } from './records.js';
import { violationsOf, type Ended } from './rules.js';
import { SimulatedRunner } from './runner.js';
import { Worker } from './worker.js';

const ORDER_ID = '0198c0de-0000-7000-8000-000000000001';
const RECEIVED = 10;
const TIMEOUT_MS = 5_000;
const policy = DEFAULT_POLICY;
/** How many calls of a hundred go wrong: at first, on tame days, a few, then more than half. */
const TROUBLE = [0, 25, 45, 65] as const;

export interface History {
  /** What happened, line by line. */
  readonly happened: readonly string[];
  readonly violations: readonly string[];
  /** How the order ended, in a word or two, to be counted. */
  readonly ending: string;
}

/** Takes one order through what was drawn, until nothing is left that could happen. */
export async function runHistory(drawn: readonly number[]): Promise<History> {
  const choices = new Choices(drawn);
  const agenda = new Agenda(choices);
  const network = new Network(agenda, choices, choices.oneOf(TROUBLE), TIMEOUT_MS);
  const input = sampleOrder(ORDER_ID);
  const [stock, money, carrier] = [new Stock(network, RECEIVED), new Money(network), new Carrier(network)];
  const log = new OrdersLog(network, input);
  const participants = { inventory: stock, payments: money, shipping: carrier, progress: log };
  const worker = new Worker(participants, agenda, choices, choices.oneOf(TROUBLE) / 2, TIMEOUT_MS);
  const records = new SimulatedRecords(agenda, worker, policy.firstPauseMs);
  const runner = new SimulatedRunner(ORDER_ID, policy, agenda, worker, records);
  const order = new SimulatedOrder(input, agenda, records, runner);

  stock.hold(QUANTITY);
  letTheWorldTurn(order, { stock, money, carrier }, agenda, choices);
  order.start();
  const ends = await agenda.run();
  const ended = { order, log, runner, stock, money, carrier };
  const violations = ends ? violationsOf(ended) : ['A: this goes on for ever'];
  return { happened: agenda.history, violations, ending: endingOf(ended) };
}

function endingOf({ order: { result, decisions }, runner: { asked }, log }: Ended): string {
  const amended = log.order.progress.amended !== undefined;
  const asks = (what: string) => asked.filter((one) => one.what === what).length;
  const tooLate = decisions.some((decision) => decision.decision === 'refused' && decision.code === 'TOO_LATE');
  switch (result?.status) {
    case undefined:
      return 'none';
    case 'DELIVERED':
      if (tooLate) return 'DELIVERED, a cancel came too late';
      if (amended) return 'DELIVERED, as it was amended';
      return asks('arbiter') > 0 ? 'DELIVERED, by the arbiter: its shipping had failed' : 'DELIVERED';
    case 'REJECTED':
      return `REJECTED, ${result.reason}, in step ${asks('do')}`;
    case 'CANCELLED':
      return `CANCELLED, in step ${asks('do')}`;
  }
}
