/** `npm run bench:bulk -- [--lines 1000000] [--orders 2000] [--seconds 60]`: bulk requests against the system that runs here. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/bench-bulk/main.mjs');
