import type { TimelineEntry } from '#libs/contracts/http/orders.js';
import { unreachable } from '#libs/kernel/errors.js';
import { cyan, dim, duration, green, red, yellow } from './style.js';

const STEP_WIDTH = 20;

/** One line for one thing that happened to an order: `✓ process-payment   attempt 3   18 ms`. */
export function timelineLine(entry: TimelineEntry): string {
  if (entry.kind === 'fact')
    return `${cyan(`● ${entry.step.toUpperCase().padEnd(STEP_WIDTH)}`)} ${dim(entry.detail)}`.trimEnd();
  const attempt =
    entry.attempt > 1 || entry.outcome === 'failed' || entry.outcome === 'timed_out' ? `attempt ${entry.attempt}` : '';
  const took = entry.durationMs === null ? '' : duration(entry.durationMs);
  const words = [attempt, entry.outcome === 'ok' ? '' : entry.outcome.replace('_', ' '), entry.detail]
    .filter(Boolean)
    .join('  ');
  return `${mark(entry)} ${label(entry).padEnd(STEP_WIDTH)} ${took.padStart(9)}  ${dim(words)}`.trimEnd();
}

function label({ kind, step }: TimelineEntry): string {
  return kind === 'undo' ? `undo ${step}` : step;
}

function mark({ kind, outcome }: TimelineEntry): string {
  switch (outcome) {
    case 'ok':
      return kind === 'undo' ? yellow('↶') : green('✓');
    case 'refused':
      return red('✗');
    case 'failed':
    case 'timed_out':
      return yellow('!');
    default:
      return unreachable(outcome);
  }
}
