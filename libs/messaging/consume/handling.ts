import type { ConsumeMessage } from 'amqplib';

/** `done`: acknowledge it. `unavailable`: give it back, and let the queue wait. */
export type Verdict = 'done' | 'unavailable';

/** A delivery, read: what is to be done about it. */
export interface Work {
  /** What must be handled one after the other has the same turn. */
  readonly turn: string;
  /** Never rejects. */
  readonly process: () => Promise<Verdict>;
}

/** What a consumer does with the messages of its queue. */
export interface Handling {
  read(message: ConsumeMessage): Work;
}
