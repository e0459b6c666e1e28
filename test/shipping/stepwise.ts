import { Latch } from '#libs/messaging/latch.js';
import type { FaultyLink } from './faulty-link.js';

/** How a call that stands still goes on: it arrives (or its reply does), or it is lost. */
export type Onward = 'go' | 'lose';

/** One piece of work that moves from one of its calls to the carrier to the next, only when it is told to. */
export interface Worker {
  readonly name: string;
  /** Where it stands: before a call arrives, after it was done, or at its end. */
  readonly at: 'before' | 'after' | 'end';
  readonly outcome: { readonly ok: unknown } | { readonly error: unknown } | undefined;
}

interface Work extends Worker {
  at: Worker['at'];
  outcome: Worker['outcome'];
  stopped: Latch;
  onward: Latch<Onward>;
}

/**
 * Makes every call wait on its way to the carrier and on its way back, until it is let on. So the order of everything that
 * happens is chosen, not left to chance: at any time at most one worker moves.
 */
export class Stepwise {
  /** Everybody who has come to an end, in that order. */
  readonly ended: Worker[] = [];
  private current: Work | undefined;

  constructor(link: FaultyLink) {
    link.decide = async () => ((await this.wait('before')) === 'lose' ? 'lose-request' : undefined);
    link.answered = async () => ((await this.wait('after')) === 'lose' ? 'lose-reply' : undefined);
  }

  /** Starts a piece of work and lets it run up to its first call, or to its end. */
  async start(name: string, work: () => Promise<unknown>): Promise<Worker> {
    const worker: Work = { name, at: 'before', outcome: undefined, stopped: new Latch(), onward: new Latch() };
    this.current = worker;
    const end = (outcome: Worker['outcome']): void => {
      Object.assign(worker, { at: 'end', outcome });
      this.ended.push(worker);
      worker.stopped.open();
    };
    work().then(
      (ok) => end({ ok }),
      (error: unknown) => end({ error }),
    );
    await worker.stopped.opened;
    return worker;
  }

  /** Lets a worker go on, up to its next stop. */
  async step(worker: Worker, onward: Onward): Promise<void> {
    const work = worker as Work;
    this.current = work;
    work.stopped = new Latch();
    const { onward: gate } = work;
    work.onward = new Latch();
    gate.open(onward);
    await work.stopped.opened;
  }

  private async wait(at: 'before' | 'after'): Promise<Onward> {
    const work = this.current;
    if (!work) throw new Error('A call to the carrier that belongs to no worker');
    work.at = at;
    const { opened } = work.onward;
    work.stopped.open();
    return opened;
  }
}
