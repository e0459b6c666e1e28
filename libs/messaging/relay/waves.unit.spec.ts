import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { wavesBySubject } from './waves.js';

const batches = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'))
  .map((subjects) => subjects.map((subject, seq) => ({ subject, seq })));

describe('the waves of a batch', () => {
  it('given any batch, then every message is in exactly one wave', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const all = wavesBySubject(batch).flat();
        expect(all.sort((one, other) => one.seq - other.seq)).toEqual(batch);
      }),
    );
  });

  it('given any batch, then no wave has a subject twice', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        for (const wave of wavesBySubject(batch))
          expect(new Set(wave.map(({ subject }) => subject)).size).toBe(wave.length);
      }),
    );
  });

  it('given any batch, then wave after wave gives each subject its messages in their order', () => {
    fc.assert(
      fc.property(batches, fc.constantFrom('a', 'b', 'c', 'd'), (batch, wanted) => {
        const of = (rows: typeof batch) => rows.filter(({ subject }) => subject === wanted).map(({ seq }) => seq);
        expect(of(wavesBySubject(batch).flat())).toEqual(of(batch));
      }),
    );
  });
});
