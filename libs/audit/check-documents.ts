import type { OrderStatus } from '#libs/contracts/http/orders.js';
import {
  type ChargeFact,
  violations,
  type Finding,
  type NumberingFact,
  type OrderFacts,
  type Question,
  type Violation,
} from './facts.js';

const NONE = { invoiced: 0, credited: 0 };
const UNCHARGED: Pick<ChargeFact, 'captured' | 'refunded'> = { captured: 0, refunded: 0 };

/** It may still be amended: its invoice is issued when it is confirmed, or begins to be undone. */
const AMENDABLE: ReadonlySet<OrderStatus | undefined> = new Set(['PENDING', 'RESERVED', 'PAID']);

/** M, of one order: never more is invoiced or credited than moved; at rest, exactly as much, once nothing can be amended. */
export function checkDocuments({ id, order, charge, documents = NONE }: OrderFacts, { atRest }: Question): Violation[] {
  const { captured, refunded } = charge ?? UNCHARGED;
  const due = atRest && !AMENDABLE.has(order?.status);
  return violations(
    'M',
    id,
    compare('captured', captured, 'invoiced', documents.invoiced, due),
    compare('refunded', refunded, 'credited', documents.credited, due),
  );
}

function compare(moved: string, amount: number, told: string, documented: number, due: boolean): Finding {
  if (documented > amount)
    return `payments ${moved} ${amount}, billing ${told} ${documented}: the customer has a document too many`;
  return (
    due && documented < amount && `payments ${moved} ${amount}, billing ${told} ${documented}: a document is missing`
  );
}

/** M: the numbers of each kind and year are 1, 2, 3 … to the last one given. */
export function checkNumbers(numbering: readonly NumberingFact[]): Violation[] {
  return numbering.flatMap(({ kind, year, count, highest, last }) =>
    count === highest && highest === last
      ? []
      : [
          {
            invariant: 'M' as const,
            message: `${kind}s of ${year}: ${count} up to number ${highest}, and the last one given is ${last}: their numbers have a gap`,
          },
        ],
  );
}
