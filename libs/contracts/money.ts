/** An amount in the smallest unit of its currency (cents for EUR). Always an integer. */
export interface Money {
  readonly amount: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

export function multiply(money: Money, quantity: number): Money {
  return { amount: money.amount * quantity, currency: money.currency };
}

/** @throws RangeError when there is nothing to add up, or when the currencies differ. */
export function sum(amounts: readonly Money[]): Money {
  const [first, ...rest] = amounts;
  if (first === undefined) throw new RangeError('There is nothing to add up');
  return rest.reduce((total, next) => {
    if (next.currency !== total.currency) throw new RangeError(`Cannot add ${next.currency} to ${total.currency}`);
    return { amount: total.amount + next.amount, currency: total.currency };
  }, first);
}

/** `€12.99`: with as many digits as the currency has. */
export function formatMoney({ amount, currency }: Money): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const { maximumFractionDigits = 2 } = format.resolvedOptions();
  return format.format(amount / 10 ** maximumFractionDigits);
}
