/** Lets this process import the TypeScript sources as they are, so that what is simulated is never an outdated build. */
import { transformSync } from '@swc/core';
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

registerHooks({
  resolve(specifier, context, next) {
    const source = sourceOf(specifier, context.parentURL);
    return source ? { url: source, shortCircuit: true } : next(specifier, context);
  },
  load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context);
    const filename = fileURLToPath(url);
    const options = { filename, cwd: root, sourceMaps: 'inline' };
    return {
      format: 'module',
      source: transformSync(readFileSync(filename, 'utf8'), options).code,
      shortCircuit: true,
    };
  },
});

/** Imports name the file that a build makes; its source lies beside it, and `#libs/…` at the root. */
function sourceOf(specifier, parent) {
  const ours = specifier.startsWith('#') ? pathToFileURL(`${root}${specifier.slice(1)}`) : undefined;
  const beside = specifier.startsWith('.') && parent ? new URL(specifier, parent) : undefined;
  const built = (ours ?? beside)?.href;
  const source = built?.endsWith('.js') ? built.replace(/\.js$/, '.ts') : built;
  return source?.endsWith('.ts') && existsSync(fileURLToPath(source)) ? source : undefined;
}
