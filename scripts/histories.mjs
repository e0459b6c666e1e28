/** `npm run histories`: records what the workflow does on a real Temporal server. See docs/change-the-workflow.md. */
import { onOwnNode } from './bootstrap.mjs';

await onOwnNode('scripts/histories/main.mjs');
