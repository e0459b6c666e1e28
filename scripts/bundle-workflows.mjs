/** Bundles the compiled workflows of the given build folder: the worker then starts a second sooner. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

const [folder = 'dist'] = process.argv.slice(2);
const silent = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
const { code } = await bundleWorkflowCode({ workflowsPath: join(folder, 'workflows', 'index.js'), logger: silent });
await writeFile(join(folder, 'workflows', 'bundle.js'), code);
