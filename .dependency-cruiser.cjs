/** The borders of the code base. Each rule has a fixture in test/architecture/fixtures that is seen to break it. */
module.exports = {
  forbidden: [
    {
      name: 'no-app-imports-another',
      comment: 'Services share contracts and libraries, never code: each can be run, changed and deployed alone.',
      severity: 'error',
      from: { path: '(^|/)apps/([^/]+)/' },
      to: { path: '(^|/)apps/[^/]+/', pathNot: '(^|/)apps/$2/' },
    },
    {
      name: 'libs-know-no-app',
      comment: 'A library that knows an app can serve no other.',
      severity: 'error',
      from: { path: '(^|/)libs/' },
      to: { path: '(^|/)(apps|workflows)/', pathNot: '(^|/)workflows/.*contract\\.[jt]s$' },
    },
    {
      name: 'gateway-decides-nothing',
      comment:
        'The edge authenticates, limits, validates and translates. What decides about orders, keeps rows or runs workflows is behind it.',
      severity: 'error',
      from: { path: '(^|/)apps/gateway/', pathNot: ['\\.spec\\.ts$', '(^|/)testing/'] },
      to: {
        path: ['(^|/)(libs|workflows)/', 'node_modules/(kysely|pg|@temporalio)'],
        pathNot: '(^|/)libs/(contracts|grpc|kernel|messaging|resilience|security|telemetry)/',
      },
    },
    {
      name: 'workflows-stay-deterministic',
      comment:
        'Workflows import only workflows, types of the contracts, and @temporalio/workflow (with @temporalio/common).',
      severity: 'error',
      from: { path: '(^|/)workflows/', pathNot: '(\\.spec\\.ts$|(^|/)testing/)' },
      to: { pathNot: ['(^|/)workflows/', '(^|/)libs/contracts/', '@temporalio/(workflow|common)'] },
    },
    {
      name: 'workflows-take-only-types-of-contracts',
      comment: 'A value imported from outside would be bundled into the workflow sandbox.',
      severity: 'error',
      from: { path: '(^|/)workflows/', pathNot: '(\\.spec\\.ts$|(^|/)testing/)' },
      to: { path: '(^|/)libs/contracts/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'contracts-know-nothing-else',
      comment: 'Contracts are what everything else agrees on.',
      severity: 'error',
      from: { path: '(^|/)libs/contracts/', pathNot: '\\.spec\\.ts$' },
      to: { path: '(^|/)(apps|workflows|libs)/', pathNot: '(^|/)libs/contracts/' },
    },
    {
      name: 'tests-stay-out-of-production',
      comment: 'What serves tests must not reach what runs.',
      severity: 'error',
      from: {
        path: '(^|/)(apps|libs|workflows)/',
        pathNot: ['\\.spec\\.ts$', '(^|/)libs/testing/', '(^|/)testing/', 'contract\\.ts$'],
      },
      to: { path: ['(^|/)libs/testing/', '(^|/)testing/', '\\.spec\\.ts$'] },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one.',
      severity: 'error',
      from: { pathNot: 'generated' },
      to: { circular: true, viaOnly: { pathNot: 'generated' } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The fixtures are cruised by their own run: they are there to break the rules.
    exclude: { path: '(^|/)(dist|\\.waybill)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'test/architecture/tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default', 'types'] },
  },
};
