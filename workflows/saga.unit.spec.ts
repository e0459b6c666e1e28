import { describe, expect, it } from '@jest/globals';
import {
  Saga,
  StepFailed,
  StepStopped,
  TurnedBack,
  type ResultOf,
  type RunningStep,
  type Step,
  type StepRunner,
} from './saga.js';

type Scripted = Step & { readonly do: () => Promise<string> };

const stock: Scripted = { name: 'stock', do: async () => 'stock', undo: async () => undefined };
const money: Scripted = { name: 'money', do: async () => 'money', undo: async () => undefined };
const parcel: Scripted = {
  name: 'parcel',
  do: async () => 'parcel',
  undo: async () => undefined,
  arbiter: async () => true,
};

interface Deferred {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Does what the test says, when the test says so, and writes down what it was asked. */
class Script implements StepRunner<Scripted> {
  readonly asked: string[] = [];

  get undos(): string[] {
    return this.asked.filter((what) => what.startsWith('undo'));
  }

  private readonly ends = new Map<string, Deferred>();
  private shields = 0;

  /** Ends what was asked. */
  async say(what: string, end: unknown): Promise<void> {
    const { resolve, reject } = this.end(what);
    if (end instanceof Error) reject(end);
    else resolve(end);
    await settled();
  }

  run<Some extends Scripted>(step: Some): RunningStep<ResultOf<Some>> {
    const end = this.ask(`do ${step.name}`) as Promise<ResultOf<Some>>;
    return { end, stop: () => void this.asked.push(`stop ${step.name}`) };
  }

  runUntilDone<Some extends Scripted>(step: Some): Promise<ResultOf<Some>> {
    return this.ask(`do ${step.name} until done`) as Promise<ResultOf<Some>>;
  }

  undoOnce(step: Scripted): Promise<boolean> {
    return this.ask(`undo ${step.name}`) as Promise<boolean>;
  }

  undoUntilDone(step: Scripted): Promise<void> {
    return this.ask(`undo ${step.name} until done`) as Promise<void>;
  }

  askArbiter(step: Scripted): Promise<boolean> {
    return this.ask(`ask ${step.name}`) as Promise<boolean>;
  }

  async shielded<Result>(work: () => Promise<Result>): Promise<Result> {
    this.shields += 1;
    try {
      return await work();
    } finally {
      this.shields -= 1;
    }
  }

  private ask(what: string): Promise<unknown> {
    const shielded = this.shields > 0;
    if (/^(undo|ask|do .* until done)/.test(what) && !shielded) throw new Error(`${what} can be cancelled`);
    this.asked.push(what);
    return this.end(what).promise;
  }

  private end(what: string): Deferred {
    const end = this.ends.get(what) ?? deferred();
    this.ends.set(what, end);
    return end;
  }
}

const failed = new StepFailed('UNAVAILABLE', false, 'no answer');
const refused = new StepFailed('DECLINED', true, 'no money');
const ACCEPTED = { decision: 'accepted' };
const TOO_LATE = { decision: 'refused', code: 'TOO_LATE' };
const ALREADY_FINAL = { decision: 'refused', code: 'ALREADY_FINAL' };

function given(steps: readonly Scripted[] = []) {
  const script = new Script();
  const saga = new Saga<Scripted>(script, steps);
  /** Runs steps whose ends are known. */
  const done = async (...steps: Scripted[]) => {
    for (const step of steps) {
      const run = saga.run(step);
      await script.say(`do ${step.name}`, step.name);
      await run;
    }
  };
  return { script, saga, done };
}

describe('a saga', () => {
  it('gives the result of each step', async () => {
    const { saga, script } = given();
    const run = saga.run(stock);
    await script.say('do stock', 'reserved');
    expect(await run).toBe('reserved');
    expect(saga.turnedBack).toBe(false);
  });

  it.each([failed, refused])(
    'given a step fails ($code), turns back and undoes it too, in reverse',
    async (failure) => {
      const { saga, script, done } = given();
      await done(stock);
      const run = saga.run(money);
      await Promise.all([
        expect(run).rejects.toMatchObject({ turn: { because: 'failed', code: failure.code } }),
        script.say('do money', failure),
      ]);
      const undo = saga.undo();
      await settled();
      await script.say('undo money', true);
      await script.say('undo stock', true);
      await undo;
      expect(script.asked).toEqual(['do stock', 'do money', 'undo money', 'undo stock']);
    },
  );

  it('given a step fails, leaves alone what comes after it', async () => {
    const { saga, script } = given([stock, money]);
    const run = saga.run(stock);
    await Promise.all([expect(run).rejects.toBeInstanceOf(TurnedBack), script.say('do stock', refused)]);
    const undo = saga.undo();
    await script.say('undo stock', true);
    await undo;
    expect(script.undos).toEqual(['undo stock']);
  });

  it('given an undo fails once, starts the next, and waits for the end of both', async () => {
    const { saga, script, done } = given();
    await done(stock, money);
    await saga.cancel();
    let undone = false;
    const undo = saga.undo().then(() => (undone = true));
    await script.say('undo money', false);
    expect(script.undos).toEqual(['undo money', 'undo money until done', 'undo stock']);
    await script.say('undo stock', true);
    expect(undone).toBe(false);
    await script.say('undo money until done', undefined);
    await undo;
    expect(undone).toBe(true);
  });

  it('given an undo is under way, does not start the next', async () => {
    const { saga, script, done } = given();
    await done(stock, money);
    await saga.cancel();
    void saga.undo();
    await settled();
    expect(script.undos).toEqual(['undo money']);
  });

  it('lets through what is neither failed nor stopped: a bug', async () => {
    const { saga, script } = given();
    const run = saga.run(stock);
    await Promise.all([expect(run).rejects.toThrow('a bug'), script.say('do stock', new Error('a bug'))]);
    expect(saga.turnedBack).toBe(false);
  });
});

describe('a cancel', () => {
  it('before the first step is accepted, and nothing starts', async () => {
    const { saga, script } = given();
    expect(await saga.cancel()).toEqual(ACCEPTED);
    await expect(saga.run(stock)).rejects.toBeInstanceOf(TurnedBack);
    await saga.undo();
    expect(script.asked).toEqual([]);
  });

  it.each([
    { end: 'it succeeds', with: 'reserved' },
    { end: 'it is stopped', with: new StepStopped() },
    { end: 'it fails', with: failed },
    { end: 'it is refused', with: refused },
  ])('while a step runs is accepted at once, and the step is stopped and awaited; $end', async ({ with: end }) => {
    const { saga, script } = given();
    const run = saga.run(stock);
    expect(await saga.cancel()).toEqual(ACCEPTED);
    expect(script.asked).toEqual(['do stock', 'stop stock']);
    await Promise.all([
      expect(run).rejects.toMatchObject({ turn: { because: 'cancelled' } }),
      script.say('do stock', end),
    ]);
    const undo = saga.undo();
    await script.say('undo stock', true);
    await undo;
  });

  it('undoes the next step too: who ran it may have died before anybody knew', async () => {
    const { saga, script, done } = given([stock, money, parcel]);
    await done(stock);
    expect(await saga.cancel()).toEqual(ACCEPTED);
    const undo = saga.undo();
    await script.say('undo money', true);
    await script.say('undo stock', true);
    await undo;
    expect(script.undos).toEqual(['undo money', 'undo stock']);
  });

  it('asks the arbiter of the next step: what it starts may be too late to take back', async () => {
    const { saga, script, done } = given([stock, parcel]);
    await done(stock);
    const decision = saga.cancel();
    await script.say('ask parcel', false);
    expect(await decision).toEqual(TOO_LATE);
    expect(saga.turnedBack).toBe(false);
  });

  it('after all is complete finds the order final', async () => {
    const { saga, done } = given();
    await done(stock);
    saga.complete();
    expect(await saga.cancel()).toEqual(ALREADY_FINAL);
  });

  it('after a step failed finds the order final', async () => {
    const { saga, script } = given();
    const run = saga.run(stock);
    await Promise.all([expect(run).rejects.toBeInstanceOf(TurnedBack), script.say('do stock', refused)]);
    expect(await saga.cancel()).toEqual(ALREADY_FINAL);
  });
});

describe('the arbiter', () => {
  it('is asked once for all, and its consent is everybody’s', async () => {
    const { saga, script, done } = given();
    await done(stock, parcel);
    const decisions = [saga.cancel(), saga.cancel()];
    await script.say('ask parcel', true);
    expect(await Promise.all(decisions)).toEqual([ACCEPTED, ACCEPTED]);
    expect(await saga.cancel()).toEqual(ACCEPTED);
    expect(script.asked.filter((what) => what === 'ask parcel')).toHaveLength(1);
    expect(() => saga.goOn()).toThrow(TurnedBack);
  });

  it('says that it is too late: the saga goes on, now and later', async () => {
    const { saga, script, done } = given();
    await done(stock, parcel);
    const decision = saga.cancel();
    await script.say('ask parcel', false);
    expect(await decision).toEqual(TOO_LATE);
    expect(await saga.cancel()).toEqual(TOO_LATE);
    expect(saga.turnedBack).toBe(false);
  });

  it('keeps the saga waiting: nothing is decided before it has answered', async () => {
    const { saga, script } = given();
    void saga.run(parcel);
    void saga.cancel();
    await settled();
    expect(script.asked).toEqual(['do parcel', 'ask parcel']);
    expect(saga.turnedBack).toBe(false);
  });

  it('is asked when the step failed without an answer: it may have happened', async () => {
    const { saga, script } = given();
    const run = saga.run(parcel);
    await script.say('do parcel', failed);
    expect(script.asked).toEqual(['do parcel', 'ask parcel']);
    await Promise.all([
      expect(run).rejects.toMatchObject({ turn: { because: 'failed' } }),
      script.say('ask parcel', true),
    ]);
  });

  it('says of a failed step that it is too late: the step is repeated until its result is known', async () => {
    const { saga, script } = given();
    const run = saga.run(parcel);
    await script.say('do parcel', failed);
    await script.say('ask parcel', false);
    await script.say('do parcel until done', 'parcel 7');
    expect(await run).toBe('parcel 7');
    expect(saga.turnedBack).toBe(false);
  });

  it('is not asked of a step that was refused: it certainly did nothing', async () => {
    const { saga, script } = given();
    const run = saga.run(parcel);
    await Promise.all([
      expect(run).rejects.toMatchObject({ turn: { code: 'DECLINED' } }),
      script.say('do parcel', refused),
    ]);
    expect(script.asked).toEqual(['do parcel']);
  });

  it('refuses the step by its own consent to a cancel: the order is cancelled, not failed', async () => {
    const { saga, script } = given();
    const run = saga.run(parcel);
    const decision = saga.cancel();
    await script.say('do parcel', refused);
    expect(saga.turnedBack).toBe(false);
    await Promise.all([
      expect(run).rejects.toMatchObject({ turn: { because: 'cancelled' } }),
      script.say('ask parcel', true),
    ]);
    expect(await decision).toEqual(ACCEPTED);
  });
});

/** Lets everything happen that needs no time. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function deferred(): Deferred {
  let settle: Pick<Deferred, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<unknown>((resolve, reject) => (settle = { resolve, reject }));
  promise.catch(() => undefined);
  // The executor has run by now.
  return { promise, ...(settle as unknown as Pick<Deferred, 'resolve' | 'reject'>) };
}
