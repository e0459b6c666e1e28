import { parseArgs } from 'node:util';

const HELP = `npm start [-- options]

Starts Postgres, RabbitMQ, Temporal and every service, places sample orders through the public API, and stays up.

  --once         stop when the samples have ended; exit 0 if each ended as it should, else 1
  --no-samples   place no sample orders
  --fresh        begin with empty data
  --help         this text

WAYBILL_HTTP_PORT        port of the public API (default: 8080 when it is free)
WAYBILL_POSTGRES_URL     use this Postgres (a superuser's URL) instead of starting one
WAYBILL_RABBITMQ_URL     use this RabbitMQ instead of starting one
WAYBILL_TEMPORAL_ADDRESS use this Temporal instead of starting one
WAYBILL_FOLDER           where its state lives (default: .waybill)
WAYBILL_MTLS             off: calls between services in plaintext, as where a mesh encrypts
WAYBILL_REPLICAS         orders=2,gateway=2 runs more of a service
WAYBILL_TRACES           on: keep the spans of every order, for \`npx waybill trace <order>\`
`;

/** @returns {{ once: boolean, samples: boolean, fresh: boolean }} what was asked for; prints the help and exits when that was */
export function readOptions(args = process.argv.slice(2)) {
  const options = {
    once: { type: 'boolean' },
    fresh: { type: 'boolean' },
    samples: { type: 'boolean' },
    help: { type: 'boolean' },
  };
  try {
    const { values } = parseArgs({ args, options, allowNegative: true });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return { once: values.once ?? false, samples: values.samples ?? true, fresh: values.fresh ?? false };
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}
