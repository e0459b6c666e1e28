import { CHOICES, type Choices } from './choices.js';

interface Planned {
  readonly what: string;
  readonly dueMs: number;
  readonly late: boolean;
  readonly happen: () => void;
}

interface Possible {
  readonly what: string;
  readonly when: () => boolean;
  readonly happen: () => void;
}

/** Of the moments at which the world could do something, it uses this share; what is late seldom comes. */
const FROM_OUTSIDE = CHOICES / 8;
const LATE = CHOICES / 16;
/** Far more than any history has that ends. */
const MOST_EVENTS = 500;

/**
 * Owns time and order: nothing happens that does not stand here, and what of it happens next is drawn. Nothing happens
 * before it is due; when something that is due later was drawn first, the rest has been slow.
 */
export class Agenda {
  nowMs = 0;
  /** What has happened, in words. */
  readonly history: string[] = [];
  readonly #planned: Planned[] = [];
  readonly #possible: Possible[] = [];
  readonly #awaited = new Map<() => boolean, () => void>();

  constructor(private readonly choices: Choices) {}

  /** Happens, at this time or later; what is `late` most often after all else. @returns what takes it off again. */
  plan(what: string, afterMs: number, happen: () => void, late = false): () => void {
    const planned = { what, dueMs: this.nowMs + afterMs, happen, late };
    this.#planned.push(planned);
    return () => void this.#take(planned);
  }

  /** Happens once, at any moment at which it can. */
  allow(what: string, when: () => boolean, happen: () => void): void {
    this.#possible.push({ what, when, happen });
  }

  pause(what: string, ms: number): { readonly over: Promise<void>; readonly cutShort: () => void } {
    let cutShort = () => undefined as void;
    const over = new Promise<void>((resolve) => {
      const drop = this.plan(what, ms, resolve);
      cutShort = () => {
        drop();
        resolve();
      };
    });
    return { over, cutShort };
  }

  /** Resolves when the condition holds after something has happened. */
  async until(condition: () => boolean): Promise<void> {
    if (!condition()) await new Promise<void>((resolve) => this.#awaited.set(condition, resolve));
  }

  /** Returns when nothing is left that could happen, or when there is no end to it (false). */
  async run(): Promise<boolean> {
    await this.#settle();
    for (let events = 0; events < MOST_EVENTS; events += 1) {
      const next = this.#next();
      if (!next) return true;
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      this.note(next.what);
      next.happen();
      await this.#settle();
    }
    return false;
  }

  note(what: string): void {
    this.history.push(`${(this.nowMs / 1_000).toFixed(1).padStart(6)} s  ${what}`);
  }

  #next(): Planned | undefined {
    const prompt = this.#planned.filter(({ late }) => !late);
    const late = this.#planned.filter((planned) => planned.late);
    const outside = this.#possible.filter(({ when }) => when());
    const drawn = prompt.length + late.length + outside.length > 1 ? this.choices.draw() : 0;
    if (prompt.length > 0 && drawn < CHOICES - FROM_OUTSIDE - LATE) return this.#take(prompt[drawn % prompt.length]);
    if (outside.length > 0 && (late.length === 0 || drawn < CHOICES - LATE))
      return this.#use(outside[drawn % outside.length]);
    const left = late.length > 0 ? late : prompt;
    return this.#take(left[drawn % left.length]);
  }

  #use(possible: Possible | undefined): Planned | undefined {
    if (!possible) return undefined;
    this.#possible.splice(this.#possible.indexOf(possible), 1);
    return { ...possible, dueMs: this.nowMs, late: false };
  }

  #take(planned: Planned | undefined): Planned | undefined {
    const index = planned ? this.#planned.indexOf(planned) : -1;
    if (index >= 0) this.#planned.splice(index, 1);
    return planned;
  }

  /** Lets everything go on that waits for nothing but this. */
  async #settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const [condition, resolve] = [...this.#awaited].find(([condition]) => condition()) ?? [];
    if (!condition || !resolve) return;
    this.#awaited.delete(condition);
    resolve();
    await this.#settle();
  }
}
