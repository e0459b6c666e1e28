/** `npm run bench:tracing -- [--orders 300] [--rounds 2] [--flight 20]`: CPU time per order with and without spans. */
import { ensureDependencies, onOwnNode } from './bootstrap.mjs';

await ensureDependencies();
await onOwnNode('scripts/bench-tracing/main.mjs');
