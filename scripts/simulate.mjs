/** `npm run simulate -- [--histories 100000] [--seed N]`: takes the saga through drawn histories; docs/saga.md says which. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/simulate/main.mjs');
