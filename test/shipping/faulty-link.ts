import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Passing {
  readonly method: string;
  /** `quote`, `buy`, `refund`, `look`. */
  readonly call: 'quote' | 'buy' | 'refund' | 'look';
}

/**
 * What becomes of a call on its way to the carrier. `lose-request`: the connection breaks before it arrives. `lose-reply`:
 * it is done, then the connection breaks. `hang`: it never arrives, and nobody says so. A number: the carrier's gateway
 * answers with that status, and it never arrives.
 */
export type Fault = 'lose-request' | 'lose-reply' | 'hang' | number;

export interface FaultyLink {
  readonly url: string;
  /** Decides about each call; may take its time. Undefined lets it pass. */
  decide: (passing: Passing) => Promise<Fault | undefined> | Fault | undefined;
  /** Called when the carrier has answered, before the answer is passed on; it can still be lost. */
  answered: (
    passing: Passing,
    body: string,
  ) => Promise<'lose-reply' | undefined | void> | 'lose-reply' | undefined | void;
  readonly calls: Passing['call'][];
  readonly heal: () => void;
  readonly stop: () => Promise<void>;
}

/** A network between shipping and the carrier that can be made to fail. */
export async function faultyLink(target: string): Promise<FaultyLink> {
  const server = createServer((request, response) => void pass(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const link: FaultyLink = {
    url: `http://127.0.0.1:${port}`,
    decide: () => undefined,
    answered: () => undefined,
    calls: [],
    heal: () => {
      link.decide = () => undefined;
      link.answered = () => undefined;
      link.calls.length = 0;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const passing = { method: request.method ?? 'GET', call: callOf(request) };
    link.calls.push(passing.call);
    const body = await read(request);
    const fault = await link.decide(passing);
    if (typeof fault === 'number')
      return void response.writeHead(fault, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
    if (fault === 'hang') return;
    if (fault === 'lose-request') return void response.destroy();
    const answer = await send(target, request, body);
    const lost = await link.answered(passing, answer.body);
    if (fault === 'lose-reply' || lost === 'lose-reply') return void response.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  }
  return link;
}

function callOf({ method, url = '' }: IncomingMessage): Passing['call'] {
  if (method === 'GET') return 'look';
  if (url.endsWith('/buy')) return 'buy';
  return url.endsWith('/refund') ? 'refund' : 'quote';
}

function send(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = forward(
      `${target}${url}`,
      { method, headers: { ...headers, host: new URL(target).host } },
      (incoming) => {
        read(incoming).then((text) => resolve({ status: incoming.statusCode ?? 500, body: text }), reject);
      },
    );
    outgoing.on('error', reject).end(body);
  });
}

async function read(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
