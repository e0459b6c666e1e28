/**
 * Inventory as it should be, on one page and without a database: what the property tests compare the real one with.
 * It knows SKUs but no warehouses: where units are taken from is not its business, that none is lost or made up is.
 */
export type Command =
  | { readonly do: 'hold' | 'reserve'; readonly order: number; readonly lines: number }
  | { readonly do: 'amend'; readonly order: number; readonly lines: number; readonly command: number }
  | { readonly do: 'release' | 'ship'; readonly order: number }
  /** The sweeper, as far as this order is concerned. */
  | { readonly do: 'sweep'; readonly order: number }
  /** Time passes: this order's hold, if it has one, is due. */
  | { readonly do: 'runOut'; readonly order: number };

export interface ModelOrder {
  readonly state: 'missing' | 'held' | 'reserved' | 'released' | 'shipped';
  /** Which of LINES it is for. */
  readonly lines: number | null;
  readonly amended: boolean;
  /** What became of the commands to amend it. */
  readonly commands: Readonly<Record<number, 'applied' | 'refused'>>;
  readonly due: boolean;
  readonly told: readonly string[];
}

export interface Model {
  readonly orders: readonly ModelOrder[];
  /** Units that nobody has, by SKU. */
  readonly available: Readonly<Record<string, number>>;
}

/** What may be ordered, so scarce that orders get into each other's way. `a` has 6 units, `b` has 3. */
export const LINES: readonly Readonly<Record<string, number>>[] = [
  { a: 1 },
  { b: 2 },
  { a: 4, b: 1 },
  { a: 3 },
  { a: 1, b: 3 },
];
export const STOCK = { a: { north: 4, south: 2 }, b: { north: 1, south: 2 } } as const;
export const EMPTY: ModelOrder = {
  state: 'missing',
  lines: null,
  amended: false,
  commands: {},
  due: false,
  told: [],
};

export function freshModel(orders: number): Model {
  return { orders: Array.from({ length: orders }, () => EMPTY), available: { a: 6, b: 3 } };
}

/** The result as a caller sees it: the state of the reservation, or the code of the refusal; nothing for the passing of time. */
export function applyCommand(model: Model, command: Command): { model: Model; result: string } {
  const order = model.orders[command.order] ?? EMPTY;
  switch (command.do) {
    case 'hold':
    case 'reserve':
      return take(model, order, command);
    case 'amend':
      return amend(model, order, command);
    case 'release':
      if (order.state === 'shipped') return { model, result: 'TOO_LATE' };
      if (order.state === 'released') return { model, result: 'released' };
      return become(model, command, {
        ...order,
        state: 'released',
        told: order.lines === null ? [] : [...order.told, 'StockReleased'],
      });
    case 'ship':
      if (order.state === 'shipped') return { model, result: 'shipped' };
      if (order.state === 'released') return { model, result: 'RELEASED' };
      if (order.state !== 'reserved') return { model, result: 'NOT_FOUND' };
      return become(model, command, { ...order, state: 'shipped', told: [...order.told, 'StockShipped'] });
    case 'sweep':
      return order.state === 'held' && order.due ? become(model, command, EMPTY) : { model, result: '' };
    case 'runOut':
      return order.state === 'held' ? become(model, command, { ...order, due: true }) : { model, result: '' };
  }
}

function amend(model: Model, order: ModelOrder, command: Extract<Command, { do: 'amend' }>) {
  const { state, lines, commands } = order;
  if (state === 'released') return { model, result: 'RELEASED' };
  if (state === 'missing' || state === 'held') return { model, result: 'NOT_FOUND' };
  const known = commands[command.command];
  if (known !== undefined) return { model, result: known === 'applied' ? state : 'OUT_OF_STOCK' };
  if (state === 'shipped') return { model, result: 'TOO_LATE' };
  const [had, wanted] = [LINES[lines ?? -1] ?? {}, LINES[command.lines] ?? {}];
  if (Object.keys(had).join() !== Object.keys(wanted).join()) return { model, result: 'INVALID_REQUEST' };
  const short = Object.entries(wanted).some(
    ([sku, quantity]) => quantity - (had[sku] ?? 0) > (model.available[sku] ?? 0),
  );
  const decided = { ...order, commands: { ...commands, [command.command]: short ? 'refused' : 'applied' } } as const;
  if (short) return { ...become(model, command, { ...decided, amended: true }), result: 'OUT_OF_STOCK' };
  const told = [...order.told, 'StockReserved'];
  return become(model, command, { ...decided, amended: true, lines: command.lines, told });
}

function take(model: Model, order: ModelOrder, command: Extract<Command, { do: 'hold' | 'reserve' }>) {
  if (order.state === 'released') return { model, result: 'RELEASED' };
  if (order.lines !== null && order.lines !== command.lines && !order.amended)
    return { model, result: 'INVALID_REQUEST' };
  if (order.state === 'reserved' || order.state === 'shipped') return { model, result: order.state };
  const missing = order.state === 'missing';
  const short = Object.entries(LINES[command.lines] ?? {}).some(
    ([sku, quantity]) => (model.available[sku] ?? 0) < quantity,
  );
  if (missing && short) return { model, result: 'OUT_OF_STOCK' };
  const taken = { ...EMPTY, lines: command.lines };
  if (command.do === 'hold') return become(model, command, { ...taken, state: 'held', told: [] });
  return become(model, command, { ...taken, state: 'reserved', told: ['StockReserved'] });
}

function become(model: Model, command: Command, order: ModelOrder): { model: Model; result: string } {
  const orders = model.orders.with(command.order, order);
  const available = { a: 6, b: 3 };
  for (const { state, lines } of orders) {
    if (lines === null || state === 'released') continue;
    for (const [sku, quantity] of Object.entries(LINES[lines] ?? {})) available[sku as 'a' | 'b'] -= quantity;
  }
  return { model: { orders, available }, result: command.do === 'sweep' || command.do === 'runOut' ? '' : order.state };
}

/**
 * The model after some order of the commands, one after the other, that explains what concurrent callers were answered and what
 * is there afterwards. Undefined when there is none. A sweep may have done nothing: it passes over orders that are in use.
 */
export function explain(
  model: Model,
  answered: readonly { readonly command: Command; readonly result: string }[],
  matches: (model: Model) => boolean,
): Model | undefined {
  if (answered.every(({ command }) => command.do === 'sweep') && matches(model)) return model;
  for (const [place, { command, result }] of answered.entries()) {
    const next = applyCommand(model, command);
    if (next.result !== result) continue;
    const explained = explain(next.model, answered.toSpliced(place, 1), matches);
    if (explained) return explained;
  }
  return undefined;
}
