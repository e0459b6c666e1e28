/** `npm test`: everything that must hold, from formatting to journeys over HTTP; ends with a count. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/test/main.mjs');
