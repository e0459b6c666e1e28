/** `npm start`: everything up, sample orders placed and shown. See `npm start -- --help`. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/launch/main.mjs');
