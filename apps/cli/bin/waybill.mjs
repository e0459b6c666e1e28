#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDependencies, onOwnNode, root } from '../../../scripts/bootstrap.mjs';

// In an image there are no sources, only what was built of them.
if (existsSync(join(root, 'workflows'))) {
  const { build, isBuilt } = await import('../../../scripts/build.mjs');
  if (!(await isBuilt())) {
    await ensureDependencies();
    await build();
  }
}
await onOwnNode('dist/apps/cli/main.js');
