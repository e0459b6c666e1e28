/** A place where a call to the provider is kept, as a paused process or a slow network would keep it. */
export interface Gate {
  /** Somebody stands at the gate. */
  readonly reached: Promise<void>;
  readonly open: () => void;
  readonly pass: () => Promise<void>;
}

export function gate(): Gate {
  const [reached, reach] = signal();
  const [opened, open] = signal();
  const pass = (): Promise<void> => {
    reach();
    return opened;
  };
  return { reached, open, pass };
}

/** The same provider, but its calls of this method stand at the gate, before they are made or after. */
export function gated<Provider extends object>(
  provider: Provider,
  method: keyof Provider,
  moment: 'before' | 'after',
  { pass }: Gate,
): Provider {
  return replacing(provider, method, async (call) => {
    if (moment === 'before') await pass();
    const answer = await call();
    if (moment === 'after') await pass();
    return answer;
  });
}

/** The same provider, but the process dies as soon as this method has been answered. */
export function dyingAfter<Provider extends object>(provider: Provider, method: keyof Provider): Provider {
  return replacing(provider, method, async (call) => {
    await call();
    throw new Error('killed');
  });
}

/** A provider that must not be asked. */
export function neverCalled<Provider extends object>(provider: Provider): Provider {
  const refuse = (): never => {
    throw new Error('The provider was asked');
  };
  return new Proxy(provider, { get: () => refuse });
}

export async function durationOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function replacing<Provider extends object>(
  provider: Provider,
  method: keyof Provider,
  around: (call: () => Promise<unknown>) => Promise<unknown>,
): Provider {
  return new Proxy(provider, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (name !== method || typeof value !== 'function') return value;
      return (...parameters: unknown[]) => around(async () => Reflect.apply(value, target, parameters) as unknown);
    },
  });
}

function signal(): [Promise<void>, () => void] {
  let give: () => void = () => undefined;
  return [new Promise<void>((resolve) => (give = resolve)), () => give()];
}
