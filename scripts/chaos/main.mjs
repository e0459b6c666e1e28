/** The runner is TypeScript beside the other tests; it is compiled as it is loaded. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { build, isBuilt } from '../build.mjs';

const inChaos = (url) => url?.includes('/test/chaos/') ?? false;

registerHooks({
  resolve(specifier, context, next) {
    const own = specifier.startsWith('.') && inChaos(context.parentURL);
    return next(own ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
  load(url, context, next) {
    if (!inChaos(url) || !url.endsWith('.ts')) return next(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), { filename, swcrc: true, sourceMaps: 'inline' });
    return { format: 'module', source: code, shortCircuit: true };
  },
});

if (!(await isBuilt())) await build();
await import('../../test/chaos/main.ts');
