export interface OfferedRate {
  readonly id: string;
  /** Decimal. */
  readonly rate: string;
  readonly delivery_days?: number | null | undefined;
}

const SLOWEST = Number.MAX_SAFE_INTEGER;

/** `express`: the fastest, then the cheapest; anything else: the cheapest, then the fastest. Undefined when none is offered. */
export function chooseRate<Rate extends OfferedRate>(rates: readonly Rate[], shippingMethod: string): Rate | undefined {
  const days = ({ delivery_days }: Rate) => delivery_days ?? SLOWEST;
  const price = ({ rate }: Rate) => Number(rate);
  const [first, second] = shippingMethod === 'express' ? [days, price] : [price, days];
  return [...rates].sort((one, other) => first(one) - first(other) || second(one) - second(other))[0];
}
