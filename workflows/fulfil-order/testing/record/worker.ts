/** A worker as fulfilment runs one, in a process that can be killed: its participants are asked through its parent. */
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { encryptedBy } from '#libs/temporal/data-converter.js';
import { TEST_KEYS } from '#libs/testing/payload-keys.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { Activities } from '../../../../apps/fulfilment/activities.js';
import type { Participants } from '../../../../apps/fulfilment/participants.js';
import type { Answer, Call } from './calls.js';

const [address = '', taskQueue = '', codePath = ''] = process.argv.slice(2);
const waiting = new Map<number, (answer: Answer) => void>();
let calls = 0;

process.on('message', (answer: Answer) => {
  waiting.get(answer.id)?.(answer);
  waiting.delete(answer.id);
});

async function ask(call: Omit<Call, 'id'>): Promise<unknown> {
  calls += 1;
  const id = calls;
  const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
  process.send?.({ ...call, id });
  const answer = await answered;
  if ('code' in answer) throw new WaybillError(answer.code, answer.message);
  return answer.answer;
}

function participant<Name extends keyof Participants>(name: Name): Participants[Name] {
  const get = (_: object, method: string) => (request: Call['request']) => ask({ participant: name, method, request });
  return new Proxy({}, { get }) as Participants[Name];
}

Runtime.install({ logger: new DefaultLogger('ERROR') });
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  identity: 'worker',
  workflowBundle: { codePath },
  dataConverter: encryptedBy(TEST_KEYS),
  activities: Activities.over({
    inventory: participant('inventory'),
    payments: participant('payments'),
    shipping: participant('shipping'),
    progress: participant('progress'),
  }).table(),
});
process.once('disconnect', () => process.exit());
await worker.run();
