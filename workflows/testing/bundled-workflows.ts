import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WORKFLOWS = fileURLToPath(new URL('..', import.meta.url));
const KEPT = fileURLToPath(new URL('../../.waybill/test/bundles/', import.meta.url));
const LOCK = fileURLToPath(new URL('../../package-lock.json', import.meta.url));

/**
 * The workflows as a worker runs them. Each suite has its own, and all are the same: whoever comes first bundles them (which
 * takes seconds), under a name that tells what they were made of.
 */
export async function bundledWorkflows(): Promise<{ readonly codePath: string }> {
  const codePath = join(KEPT, `${await digest()}.js`);
  if (await stat(codePath).catch(() => undefined)) return { codePath };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(WORKFLOWS, 'index.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  await mkdir(KEPT, { recursive: true });
  const part = `${codePath}.${process.pid}`;
  await writeFile(part, code);
  await rename(part, codePath);
  return { codePath };
}

async function digest(): Promise<string> {
  const names = await readdir(WORKFLOWS, { recursive: true });
  const sources = names.filter((name) => name.endsWith('.ts')).toSorted();
  const hash = createHash('sha256');
  for (const file of [LOCK, ...sources.map((name) => join(WORKFLOWS, name))])
    hash.update(file).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}
