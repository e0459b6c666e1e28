/** `npm run test:full`: what `npm test` leaves out, because it takes long or needs more than the project installs. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/test-full/main.mjs');
