/** `npm run bench:rotation -- [--seconds 60] [--every 5]`: certificates rotated again and again in the system that runs here, under calls. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/bench-rotation/main.mjs');
