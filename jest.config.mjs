/** One Jest for every kind of test; the kind is in the file name (`*.unit.spec.ts`, `*.int.spec.ts`, …). */
export default {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/workflows', '<rootDir>/test', '<rootDir>/scripts'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/fixtures/'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.waybill'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', {}] },
  moduleNameMapper: {
    '^#libs/(.*)\\.js$': '<rootDir>/libs/$1.ts',
    '^#workflows/(.*)\\.js$': '<rootDir>/workflows/$1.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/libs/testing/property-seed.ts'],
  globalSetup: '<rootDir>/scripts/test/global-setup.mjs',
  testSequencer: '<rootDir>/scripts/test/longest-first.mjs',
  /** Modules of suites that have ended are kept: a worker that holds so much begins anew. */
  workerIdleMemoryLimit: '800MB',
  testTimeout: 30_000,
};
