import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Ports below those that are given to whoever asks for any: each of Jest's workers takes from a range of its own. */
const FIRST = 10_000;
const EACH = 1_000;
const RANGES = 9;
const given = new Set<number>();

/** A port of the loopback interface that nobody listens on, and that nobody else is given before it is listened on. */
export async function freePort(): Promise<number> {
  const range = FIRST + (Number(process.env['JEST_WORKER_ID'] ?? 0) % RANGES) * EACH;
  for (;;) {
    const port = range + randomInt(EACH);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
