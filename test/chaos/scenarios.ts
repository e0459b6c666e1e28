import { failpoints } from './scenarios/failpoints.js';
import { killAnything } from './scenarios/kill-anything.js';
import type { Stage } from './stage.js';

export interface Scenario {
  /** In one sentence; docs/chaos.md has the same. */
  readonly says: string;
  readonly run: (stage: Stage) => Promise<void>;
  /** Settings of the system that it runs on. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Orders may be rejected for nothing but what is done here: participants are hit more often than a step has attempts. */
  readonly mayReject?: true;
}

export const SCENARIOS = {
  'kill-anything': {
    says: 'Kills and stops every process and engine by turns, with at least 20 orders of every kind in flight each time.',
    run: killAnything,
  },
  failpoints: {
    says: 'Kills each service at each of its failpoints, with an order in that state.',
    run: failpoints,
    mayReject: true,
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

export function scenarioOf(name: ScenarioName): Scenario {
  return SCENARIOS[name];
}
