import { isDeepStrictEqual } from 'node:util';
import type { RecordedHistory } from './recorded-history.js';
import type { Replay } from './replay.js';

const REMEDY =
  'Orders in flight would not go on as they began. Let them keep the old code: put the new one behind patched(…), as ' +
  'docs/change-the-workflow.md shows.';
const REMEDY_OF_WHAT_GOES_ON =
  `${REMEDY} Where it is certain that what is in flight can bear the change: npm run histories -- --accept, ` +
  'and have the difference reviewed.';

/** What is wrong with code that replayed this history, and what to do; undefined when nothing is. */
export function complaintOf({ name, commands }: RecordedHistory, replay: Replay): string | undefined {
  if (replay.failure !== undefined) return `${name}: Temporal could not go on with it. ${replay.failure}\n${REMEDY}`;
  const length = Math.max(commands.length, replay.commands.length);
  for (let index = 0; index < length; index += 1) {
    const [was, is] = [commands[index], replay.commands[index]];
    if (isDeepStrictEqual(was, is)) continue;
    return `${name}: command ${index + 1} of ${length}\n  was ${textOf(was)}\n  is  ${textOf(is)}\n${REMEDY_OF_WHAT_GOES_ON}`;
  }
  return undefined;
}

function textOf(command: object | undefined): string {
  return command === undefined ? 'not there' : JSON.stringify(command);
}
