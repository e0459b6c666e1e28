import { checkAccepted } from './check-accepted.js';
import { checkClean } from './check-clean.js';
import { checkMoney } from './check-money.js';
import { checkReadSide } from './check-read-side.js';
import { checkStock } from './check-stock.js';
import type { Facts, Question, Violation } from './facts.js';

const CHECKS = [checkAccepted, checkMoney, checkStock, checkClean, checkReadSide];

/** Everything that does not hold. Empty is good. */
export function verify(facts: Facts, question: Question): Violation[] {
  return CHECKS.flatMap((check) => check(facts, question));
}
