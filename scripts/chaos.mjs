/** `npm run chaos -- --help`: orders under load while processes are killed, and what must hold afterwards. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/chaos/main.mjs');
