import { beforeAll, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { inClear } from '#libs/testing/in-clear.js';
import { complaintOf } from '../testing/replay/complaint.js';
import { readHistories } from '../testing/replay/recorded-history.js';
import { bundleForReplay, replay } from '../testing/replay/replay.js';
import { variantOf, type Change } from '../testing/replay/variant.js';
import { ADDRESS } from './testing/sample-order.js';
import { World } from './testing/world.js';

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const histories = await readHistories(pathOf('./histories'));

/** What the workflows at this path do wrong, by the name of the history. */
async function complaintsAbout(workflowsPath: string, about = histories): Promise<ReadonlyMap<string, string>> {
  const replays = await replay(await bundleForReplay(workflowsPath), about);
  const told = about.map((history, index) => {
    const replayed = replays[index];
    if (!replayed) throw new Error(`${history.name} was not replayed`);
    return [history.name, complaintOf(history, replayed)] as const;
  });
  return new Map(told.flatMap(([name, complaint]) => (complaint === undefined ? [] : [[name, complaint] as const])));
}

describe('orders that earlier releases have begun', () => {
  let complaints: ReadonlyMap<string, string>;
  beforeAll(async () => {
    complaints = await complaintsAbout(pathOf('../index.ts'));
  }, 60_000);

  it.each(histories.map(({ name }) => name))('go on as they began: %s', (name) => {
    expect(complaints.get(name)).toBeUndefined();
  });

  it('are of every kind: done, refused, failed, cancelled, amended, crashed and still open', () => {
    const kinds = /delivered|out-of-stock|-failed|-undo-failed|cancelled-by-temporal|amended|crashed|open/;
    const seen = new Set(histories.flatMap(({ name }) => kinds.exec(name)?.[0] ?? []));
    expect(seen.size).toBe(8);
  });

  it('are recorded as Temporal has them: without a name, an address or a payment method', () => {
    const text = histories.map(({ events }) => inClear(JSON.stringify(events))).join('\n');
    const words = [...Object.values(ADDRESS).filter((word) => word.length > 2), 'pm_ok'];
    expect(words.filter((word) => text.includes(word))).toEqual([]);
    expect(text.includes('binary/encrypted')).toBe(true);
  });

  it('need no activity that the worker does not have any more', () => {
    const asked = histories.flatMap(({ commands }) => commands).flatMap((command) => Object.values(command));
    const names = asked.flatMap((what) => (what as { activityType?: string }).activityType ?? []);
    expect(Object.keys(new World().activities)).toEqual(expect.arrayContaining([...new Set(names)]));
  });
});

const CHARGE = '    await saga.run(steps.processPayment);\n';
const CHECK = '    await records.write((orders) => orders.checkFraud({ orderId }), "Check for fraud");\n';
const step = (to: string): Change[] => [
  { file: 'fulfil-order/workflow.ts', from: CHARGE, to },
  { file: 'fulfil-order/workflow.ts', from: 'condition }', to: 'condition, patched }' },
];

/** Changes of the workflow that orders in flight cannot bear, and what is said of them. */
const BREAKING: readonly { what: string; changes: readonly Change[]; history: string; complaint: RegExp }[] = [
  {
    what: 'a step is added without a patch',
    changes: step(CHECK + CHARGE),
    history: 'delivered',
    complaint: /Temporal could not go on with it[^]*patched/,
  },
  {
    what: 'a step is added behind the last one that an order has done',
    changes: [
      {
        file: 'fulfil-order/workflow.ts',
        from: "    return { status: 'DELIVERED' };",
        to: `${CHECK}return { status: 'DELIVERED' };`,
      },
    ],
    history: 'delivered',
    complaint: /Temporal could not go on with it[^]*patched/,
  },
  {
    what: 'a pause is longer',
    changes: [{ file: 'fulfil-order/attempts.ts', from: 'sleep(pauseMs,', to: 'sleep(2 * pauseMs,' }],
    history: 'process-payment-retried',
    complaint: /was {"startTimer":{"startToFireTimeout":"2s"}}\n.*is {2}{"startTimer":{"startToFireTimeout":"4s"}}/,
  },
  {
    what: 'an activity is asked for something else',
    changes: [
      {
        file: 'fulfil-order/steps.ts',
        from: 'amount: amended().total',
        to: 'amount: { ...amended().total, amount: 1 }',
      },
    ],
    history: 'delivered',
    complaint: /was .*"processPayment".*"amount":9980.*\n.*is .*"amount":1,/,
  },
  {
    what: 'a local activity is asked for something else',
    changes: [{ file: 'fulfil-order/steps.ts', from: 'lines: linesOf(amended())', to: 'lines: []' }],
    history: 'delivered',
    complaint: /was .*"scheduleShipping".*"lines":\[{"sku".*\n.*is .*"lines":\[\]/,
  },
  {
    what: 'an attempt may take longer',
    changes: [{ file: 'fulfil-order/records.ts', from: "'3 seconds'", to: "'30 seconds'" }],
    history: 'delivered',
    complaint: /"startToCloseTimeout":"3s"[^]*"startToCloseTimeout":"30s"/,
  },
  {
    what: 'attempts are no longer limited',
    changes: [
      {
        file: 'fulfil-order/activities.ts',
        from: 'retry: { maximumAttempts: 1 },',
        to: 'retry: { maximumAttempts: 9 },',
      },
    ],
    history: 'delivered',
    complaint: /"maximumAttempts":1[^]*"maximumAttempts":9/,
  },
  {
    what: 'a search attribute is told something else',
    changes: [
      { file: 'fulfil-order/workflow.ts', from: "display.status('CONFIRMED')", to: "display.status('CONFIRMING')" },
    ],
    history: 'open-confirmed',
    complaint: /"WaybillStatus":"CONFIRMED"[^]*"WaybillStatus":"CONFIRMING"/,
  },
  {
    what: 'the signal has another name',
    changes: [{ file: 'fulfil-order/contract.ts', from: "[Fact]>('fact')", to: "[Fact]>('report')" }],
    history: 'open-shipped',
    complaint: /patched/,
  },
  {
    what: 'the update has another name',
    changes: [{ file: 'fulfil-order/contract.ts', from: "('cancel')", to: "('stop')" }],
    history: 'cancelled-when-confirmed',
    complaint: /patched/,
  },
  {
    what: 'an undo is left out',
    changes: [
      {
        file: 'fulfil-order/steps.ts',
        from: 'activities.settlePayment({ orderId, attemptsBefore })',
        to: 'Promise.resolve({})',
      },
    ],
    history: 'not-served',
    complaint: /patched/,
  },
];

const HARMLESS: readonly { what: string; changes: readonly Change[] }[] = [
  {
    what: 'a step is added with a patch',
    changes: step(`if (patched('check-for-fraud')) {\n${CHECK}}\n${CHARGE}`),
  },
  {
    what: 'only the words in the Temporal UI change',
    changes: [{ file: 'fulfil-order/steps.ts', from: "'Charging the payment'", to: "'Taking the money'" }],
  },
];

describe('a change of the workflow', () => {
  async function complaintsAfter(what: string, changes: readonly Change[], history = '') {
    const { index, drop } = await variantOf(what.replaceAll(' ', '-'), changes);
    const about = histories.filter(({ name }) => name.endsWith(history));
    return [...(await complaintsAbout(index, about).finally(drop)).values()];
  }

  it.each(BREAKING)('is refused when $what', async ({ what, changes, history, complaint }) => {
    const [told] = await complaintsAfter(what, changes, `/${history}`);
    expect(told).toMatch(complaint);
    expect(told).toContain('docs/change-the-workflow.md');
  });

  it.each(HARMLESS)('is accepted when $what', async ({ what, changes }) => {
    expect(await complaintsAfter(what, changes)).toEqual([]);
  });
});
