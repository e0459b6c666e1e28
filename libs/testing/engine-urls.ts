const VARIABLES = {
  postgres: 'WAYBILL_TEST_POSTGRES_URL',
  rabbitmq: 'WAYBILL_TEST_RABBITMQ_URL',
  rabbitmqManagement: 'WAYBILL_TEST_RABBITMQ_MANAGEMENT_URL',
  temporal: 'WAYBILL_TEST_TEMPORAL_ADDRESS',
  testServer: 'WAYBILL_TEST_SERVER',
} as const;

/** Where an engine of the tests is. The tests' set-up starts the engines and sets these variables. */
export function engineUrl(engine: keyof typeof VARIABLES): string {
  const url = process.env[VARIABLES[engine]];
  if (url === undefined)
    throw new Error(
      `${VARIABLES[engine]} is not set: run the tests by \`npm test\` or \`npm run jest\`, which start the engines`,
    );
  return url;
}
