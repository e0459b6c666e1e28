/** `npm run fuzz -- [--requests 20000] [--seed N] [--only own,schemathesis]`: bad requests by two generators, against a system of its own. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/fuzz/main.mjs');
