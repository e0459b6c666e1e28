import { build, isBuilt } from '../build.mjs';
import { runSources } from '../run-sources.mjs';

if (!(await isBuilt())) await build();
await runSources('test/fuzz/main.ts', process.argv.slice(2)).catch(() => process.exit(1));
