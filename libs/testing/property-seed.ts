import fc from 'fast-check';

/**
 * The tests draw the same cases at every run, so that a change is what makes one fail. To search further:
 * `WAYBILL_TEST_SEED=$RANDOM npm run jest -- properties`; a failure prints its seed.
 */
const SEED = 20_261_120;

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['WAYBILL_TEST_SEED'] ?? SEED) });
