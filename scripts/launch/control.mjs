import { createServer } from 'node:http';

/**
 * Lets `waybill stop|start|status` reach the units of this run: HTTP on the loopback interface, guarded by a token that
 * only readers of run.json have.
 * @param {{ port: number, token: string, units: Map<string, import('./unit.mjs').Unit>, changed: () => Promise<void> }} options
 */
export function serveControl({ port, token, units, changed }) {
  const server = createServer(async (request, response) => {
    const answer = (status, body) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${token}`) return answer(401, { error: 'wrong token' });
    const [, verb, name] = (request.url ?? '').split('/');
    if (request.method === 'GET' && verb === 'status') return answer(200, [...units.values()].map(describe));
    const unit = units.get(name ?? '');
    if (!unit) return answer(404, { error: `There is no ${name}. There are: ${[...units.keys()].join(', ')}` });
    try {
      if (request.method === 'POST' && verb === 'stop') await unit.stop('held');
      else if (request.method === 'POST' && verb === 'start') await unit.start();
      else return answer(405, { error: 'GET /status, POST /stop/<name>, POST /start/<name>' });
      await changed();
      answer(200, describe(unit));
    } catch (error) {
      answer(500, { error: error.message });
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve({ close: () => server.close() }));
  });
}

function describe(unit) {
  return { name: unit.name, state: unit.state, pid: unit.pid ?? null, restarts: unit.restarts };
}
