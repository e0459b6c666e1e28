/** Bundles the compiled workflows of the given build folder: the worker then starts a second sooner. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

const [folder = 'dist'] = process.argv.slice(2);
const silent = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
const at = (file) => join(folder, 'workflows', file);
const { code } = await bundleWorkflowCode({
  workflowsPath: at('index.js'),
  workflowInterceptorModules: [at('trace.js')],
  failureConverterPath: join(folder, 'libs', 'temporal', 'failure-converter.cjs'),
  logger: silent,
});
await writeFile(at('bundle.js'), code);
