import type { DeadLetter, DeadLetterDetails, DeadLetterState } from '#libs/contracts/http/ops.js';
import { unreachable } from '#libs/kernel/errors.js';
import { bold, dim, green, red, yellow } from '../terminal/style.js';
import { table } from '../terminal/table.js';

/** One line each. */
export function deadLetterTable(letters: readonly DeadLetter[]): string {
  const rows = letters.map(({ id, queue, reason, state, type, orderId, deaths, lastAt }) => [
    id,
    queue,
    reason,
    inColour(state),
    type ?? '–',
    orderId ?? '–',
    deaths,
    dim(moment(lastAt)),
  ]);
  return table(['id', 'queue', 'reason', 'state', 'type', 'order', 'times', 'last'], rows);
}

/** All that is known of one, and what can be done. */
export function deadLetterDetails(letter: DeadLetterDetails): string {
  const { id, queue, reason, state, handler, attempts, deaths, firstAt, lastAt, error } = letter;
  const facts: readonly (readonly [string, string | null])[] = [
    ['queue', queue],
    ['reason', reason],
    ['error', error],
    ['handler', handler],
    ['attempts', `${attempts}, the last at ${moment(lastAt)}, the first at ${moment(firstAt)}`],
    ['times', deaths > 1 ? `became a dead letter ${deaths} times` : null],
    ['type', letter.type],
    ['order', letter.orderId],
    ['subject', letter.subject === letter.orderId ? null : letter.subject],
    ['message', letter.messageId],
  ];
  return [
    `  ${bold(id)}  ${inColour(state)}`,
    ...facts.flatMap(([name, value]) => (value === null ? [] : [`  ${dim(name.padEnd(9))} ${value}`])),
    ...letter.actions.map(
      ({ action, operator, reason: why, at }) =>
        `  ${dim(moment(at))}  ${action} by ${operator}${why === null ? '' : `: ${why}`}`,
    ),
    '',
    ...contentOf(letter),
    ...(state === 'open' || state === 'replaying' ? ['', ...whatToDo(id)] : []),
  ].join('\n');
}

function contentOf({ body: { encoding, content, truncated }, bodyBytes, headers }: DeadLetterDetails): string[] {
  const size = `${bodyBytes} bytes${encoding === 'base64' ? ', no text: base64' : ''}${truncated ? ', its beginning' : ''}`;
  return [`  ${dim(`body (${size})`)}`, indent(content), `  ${dim('headers')}`, indent(JSON.stringify(headers))];
}

function whatToDo(id: string): string[] {
  return [
    `  ${dim('Mend the cause, then:')} npx waybill dlq replay ${id}`,
    `  ${dim('or, if nothing is lost:')} npx waybill dlq discard ${id} --reason '…'`,
  ];
}

function inColour(state: DeadLetterState): string {
  switch (state) {
    case 'open':
      return red(state);
    case 'replaying':
      return yellow(state);
    case 'replayed':
      return green(state);
    case 'discarded':
      return dim(state);
    default:
      return unreachable(state);
  }
}

function moment(at: string): string {
  return at.slice(0, 19).replace('T', ' ');
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}
