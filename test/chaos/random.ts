/** Draws that a seed repeats: the same seed, the same choices in the same order. */
export interface Random {
  /** From 0 up to 1. */
  next(): number;
  /** From least to most, both included. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** By weight. */
  draw<Item extends { readonly weight: number }>(items: readonly Item[]): Item;
  shuffle<Item>(items: readonly Item[]): Item[];
  /** A stream of its own, so that what is drawn here does not shift what is drawn there. */
  fork(name: string): Random;
}

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  // Mulberry32: small, and good enough to choose by.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  const at = <Item>(items: readonly Item[], place: number): Item => {
    const item = items[place];
    if (item === undefined) throw new Error('Nothing to choose from');
    return item;
  };
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (items) => at(items, between(0, items.length - 1)),
    draw: (items) => {
      let left = next() * items.reduce((sum, { weight }) => sum + weight, 0);
      return items.find(({ weight }) => (left -= weight) < 0) ?? at(items, items.length - 1);
    },
    shuffle: (items) => {
      const shuffled = [...items];
      for (let place = shuffled.length - 1; place > 0; place -= 1) {
        const other = between(0, place);
        [shuffled[place], shuffled[other]] = [at(shuffled, other), at(shuffled, place)];
      }
      return shuffled;
    },
    fork: (name) =>
      randomOf([...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619), seed)),
  };
}
