/** `npm run last-ten -- [--rounds 200] [--buyers 500]`: whether ten units are ever sold to fewer or more than ten buyers. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/last-ten/main.mjs');
