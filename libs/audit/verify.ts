import { checkAccepted } from './check-accepted.js';
import { checkClean } from './check-clean.js';
import { checkDocuments, checkNumbers } from './check-documents.js';
import { checkMoney } from './check-money.js';
import { checkReadSide, checkShown } from './check-read-side.js';
import { checkAllocated, checkStock, checkStockOfOrder } from './check-stock.js';
import type { OrderFacts, Question, SystemFacts, Violation } from './facts.js';

const OF_AN_ORDER = [checkAccepted, checkMoney, checkDocuments, checkStockOfOrder, checkClean, checkShown];

/** What does not hold of one order. */
export function verifyOrder(facts: OrderFacts, question: Question): Violation[] {
  return OF_AN_ORDER.flatMap((check) => check(facts, question));
}

/** What does not hold of the system as a whole, as it is now. */
export function verifySystem(facts: SystemFacts, question: Question): Violation[] {
  return [...checkStock(facts), ...checkReadSide(facts, question)];
}

/** What does not hold of all that ever was. */
export function verifyHistory(facts: SystemFacts): Violation[] {
  return [...checkAllocated(facts), ...checkNumbers(facts.numbering)];
}
