/** `npm run bench:cost -- [--of tracing|mtls] [--orders 300] [--rounds 2] [--flight 20]`: CPU time per order with it and without. */
import { ensureDependencies, onOwnNode } from './bootstrap.mjs';

await ensureDependencies();
await onOwnNode('scripts/bench-cost/main.mjs');
