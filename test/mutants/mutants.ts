import { MODEL_MUTANTS } from './model-mutants.js';
import type { Mutant } from './mutant.js';
import { PARTICIPANT_MUTANTS } from './participant-mutants.js';
import { SAGA_MUTANTS } from './saga-mutants.js';

/** The mistakes that the tests are known to catch: `npm run mutants`. */
export const MUTANTS: readonly Mutant[] = [...SAGA_MUTANTS, ...PARTICIPANT_MUTANTS, ...MODEL_MUTANTS];
