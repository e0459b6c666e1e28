/** `npm run bench:edge -- [--requests 4000] [--rounds 3]`: what the gateway costs a request, beside asking orders directly. */
import { ensureDependencies, onOwnNode } from './bootstrap.mjs';

await ensureDependencies();
await onOwnNode('scripts/bench-edge/main.mjs');
