import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '#libs/kernel/errors.js';

const runFile = z.object({
  /** `published`: as people reach it, where that differs from how it is reached from here. */
  gateway: z.object({ url: z.string(), published: z.string().optional() }),
  temporal: z.object({
    address: z.string(),
    namespace: z.string(),
    ui: z.string().optional(),
    /** Where its page has payloads read. */
    codec: z.string().optional(),
  }),
  /** These two hold passwords: in containers only the auditor's run file has them. */
  rabbitmq: z.object({ amqp: z.string(), management: z.string().optional() }).optional(),
  postgres: z.object({ url: z.string().optional(), auditor: z.string() }).optional(),
  services: z.record(
    z.string(),
    z.object({
      pid: z.number().optional(),
      grpc: z.string().optional(),
      metrics: z.string(),
      database: z.string().optional(),
    }),
  ),
  tokens: z.object({ customer: z.string(), otherCustomer: z.string(), operator: z.string() }),
  /** The files of identity `operator`; null where calls between services are plaintext, absent where the container's own identity serves. */
  tls: z.object({ ca: z.string(), cert: z.string(), key: z.string() }).nullable().optional(),
  /** Where the launcher keeps spans, if it does. */
  traces: z.string().optional(),
  /** Absent in containers: there the container engine is the supervisor. */
  control: z.object({ url: z.string(), token: z.string() }).optional(),
});

/** Where everything of the running system is, and tokens for it. */
export type Run = z.infer<typeof runFile>;

/** Something that the person at the terminal can put right: shown without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** @throws UserError when nothing runs here. */
export function readRun(): Run {
  const folder = process.env['WAYBILL_FOLDER'] ?? join(process.cwd(), '.waybill');
  const file = process.env['WAYBILL_RUN_FILE'] ?? join(folder, 'run.json');
  try {
    return runFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UserError(
      `Nothing runs here (${file}: ${messageOf(error)}). Start it by \`npm start\`, or in containers by \`docker compose up -d --wait\`.`,
    );
  }
}
