import { expect, it } from '@jest/globals';
import { policyRows } from '#libs/resilience/policy-rows.js';
import { policyTable } from '#libs/resilience/policy-table.js';
import { read } from './documents.js';

it('docs/resilience.md shows the policies as they are in libs/resilience/policies.ts', () => {
  const [, shown = ''] = /<!-- policies -->\n\n([^]*?)\n\n<!-- end -->/.exec(read('docs/resilience.md')) ?? [];
  expect(shown).toBe(policyTable(policyRows()));
});
