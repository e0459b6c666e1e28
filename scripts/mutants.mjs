/** `npm run mutants [-- name…]`: makes the mistakes of test/mutants one at a time, each in a copy, and sees whether the tests notice. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/mutants/main.mjs');
