/** Something to wait for. Opened once; it may be opened before anybody waits. */
export class Latch<Value = void> {
  readonly opened: Promise<Value>;
  private resolve: (value: Value) => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => (this.resolve = resolve));
  }

  open(value: Value): void {
    this.resolve(value);
  }
}

/**
 * Waits for `work`, but no longer than `ms`. Leaves no timer behind.
 * @returns whether it came to its end in time.
 */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const late = new Latch<boolean>();
  const timer = setTimeout(() => late.open(false), ms);
  try {
    return await Promise.race([work.then(() => true), late.opened]);
  } finally {
    clearTimeout(timer);
  }
}
