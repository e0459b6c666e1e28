#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDependencies, onOwnNode, root } from '../../../scripts/bootstrap.mjs';

if (!existsSync(join(root, 'dist', 'apps', 'cli', 'main.js'))) {
  await ensureDependencies();
  await (await import('../../../scripts/build.mjs')).build();
}
await onOwnNode('dist/apps/cli/main.js');
