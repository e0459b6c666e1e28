/** `npm run bench:overload -- [--times 10] [--seconds 75] [--capacity N]`: more orders than the system that runs here can confirm. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/bench-overload/main.mjs');
