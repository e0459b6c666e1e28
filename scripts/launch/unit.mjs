import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
/** A unit that ran this long before it died starts again at once. */
const STABLE_MS = 10_000;

/**
 * Something that is kept running: a service's process or an engine.
 * Emits `change` (its state), `died` (how) and `restarted`.
 * @typedef {{ pid?: number, exited?: Promise<{ code: number | null, signal: string | null }>, stop: () => Promise<void> }} Running
 */
export class Unit extends EventEmitter {
  /** @type {'stopped' | 'starting' | 'ready' | 'held'} */
  state = 'stopped';
  restarts = 0;
  /** @type {Running | undefined} */
  running;
  #wanted = false;

  /**
   * @param {string} name
   * @param {() => Promise<Running>} launch starts it and resolves when it is ready
   */
  constructor(name, launch) {
    super();
    this.name = name;
    this.launch = launch;
  }

  get pid() {
    return this.running?.pid;
  }

  /** Starts it, and from then on starts it again whenever it dies. Rejects when the first start fails. */
  async start() {
    if (this.#wanted) return;
    this.#wanted = true;
    try {
      await this.#launch();
    } catch (error) {
      this.#wanted = false;
      this.#become('stopped');
      throw error;
    }
  }

  /** Stops it, and keeps it down until started. */
  async stop(state = 'stopped') {
    this.#wanted = false;
    this.#become(state);
    await this.running?.stop();
    this.running = undefined;
  }

  async #launch() {
    this.#become('starting');
    const startedAt = Date.now();
    const running = await this.launch();
    if (!this.#wanted) return void (await running.stop());
    this.running = running;
    this.#become('ready');
    void running.exited?.then((how) => this.#onExit(running, how, startedAt));
  }

  async #onExit(running, how, startedAt) {
    if (this.running !== running || !this.#wanted) return;
    this.emit('died', how);
    let backoff = Date.now() - startedAt > STABLE_MS ? 0 : FIRST_BACKOFF_MS;
    for (;;) {
      await pause(backoff);
      if (!this.#wanted) return;
      try {
        await this.#launch();
        this.restarts += 1;
        this.emit('restarted');
        return;
      } catch (error) {
        this.emit('failed', error);
        backoff = Math.min(Math.max(backoff, FIRST_BACKOFF_MS) * 2, LONGEST_BACKOFF_MS);
      }
    }
  }

  #become(state) {
    this.state = state;
    this.emit('change', state);
  }
}
