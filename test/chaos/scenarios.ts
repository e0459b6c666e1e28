import { leaveTransactionOpen, terminateConnections } from './scenarios/break-connections.js';
import { cancelBehindDeadWorker } from './scenarios/cancel-behind-dead-worker.js';
import { CANCEL_SWEEP_SETTINGS, cancelSweep } from './scenarios/cancel-sweep.js';
import { chargeAndFail, chargeTooLate, failRefunds } from './scenarios/fail-provider.js';
import { failpoints } from './scenarios/failpoints.js';
import { killAnything } from './scenarios/kill-anything.js';
import { killConsumers } from './scenarios/kill-consumers.js';
import { killEngine, restartTemporal } from './scenarios/kill-engine.js';
import { repeatMessages } from './scenarios/repeat-messages.js';
import { resetWorkflows } from './scenarios/reset-workflows.js';
import { stopRelayLeader } from './scenarios/stop-relay-leader.js';
import type { Stage } from './stage.js';

export interface Scenario {
  /** In one sentence; docs/chaos.md has the same. */
  readonly says: string;
  readonly run: (stage: Stage) => Promise<void>;
  /** Settings of the system that it runs on. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Participants are hit more often than a step has attempts: then also an order that is fine may be rejected. */
  readonly mayReject?: true;
}

export const SCENARIOS = {
  'kill-anything': {
    says: 'Kills and stops every process and engine by turns, with at least 20 orders of every kind in flight each time.',
    run: killAnything,
  },
  failpoints: {
    says: 'Kills each service at each of its failpoints, each time with an order in that state.',
    run: failpoints,
    mayReject: true,
  },
  'relay-leader-stopped': {
    says: 'Stops the one of two processes that sends the outbox of orders until the other has taken over, then lets it go on.',
    run: stopRelayLeader,
    settings: { WAYBILL_REPLICAS: 'orders=2' },
  },
  'temporal-restarted': {
    says: 'Places orders while Temporal is down, starts it, and kills it while it works off what has piled up.',
    run: restartTemporal,
  },
  'broker-killed': {
    says: 'Kills RabbitMQ in the middle of bursts of orders, with messages published and not confirmed.',
    run: killEngine('rabbitmq'),
  },
  'postgres-killed': {
    says: 'Kills the postmaster, alone and with all its backends, in the middle of bursts of orders.',
    run: killEngine('postgres'),
  },
  'connections-terminated': {
    says: 'Ends all database connections of one service after the other, in the middle of their statements.',
    run: terminateConnections,
  },
  'transaction-left-open': {
    says: 'Leaves a transaction open in another database while orders are placed, and expects all of them to end.',
    run: leaveTransactionOpen,
  },
  'refunds-failing': {
    says: 'Lets every refund fail for half a minute: the orders wait for theirs, all others go on, none is refunded twice.',
    run: failRefunds,
  },
  'charge-timed-out': {
    says: 'Lets the provider charge and answer when nobody waits any more: each order is charged once, and confirmed.',
    run: chargeTooLate,
  },
  'charge-answered-500': {
    says: 'Lets the provider charge and answer 500: each order is charged once, and confirmed.',
    run: chargeAndFail,
  },
  'workflow-reset': {
    says: 'Resets the workflows of confirmed orders to an earlier moment, from which they run again.',
    run: resetWorkflows,
  },
  'cancel-behind-dead-worker': {
    says: 'Kills the worker while a step is done that no history knows of, and requests a cancel before another takes over.',
    run: cancelBehindDeadWorker,
  },
  'cancel-sweep': {
    says: 'Cancels each order through the API a little later than the one before, across its charge and its hand-over.',
    run: cancelSweep,
    settings: CANCEL_SWEEP_SETTINGS,
  },
  'consumers-killed': {
    says: 'Kills the broker and everybody who takes messages from it, while every event is sent once more.',
    run: killConsumers,
  },
  'messages-repeated': {
    says: 'Sends every event of some orders fifty times more, in any order.',
    run: repeatMessages,
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

export function scenarioOf(name: ScenarioName): Scenario {
  return SCENARIOS[name];
}
