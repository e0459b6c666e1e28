/**
 * Clients that follow orders by server-sent events, in a process of their own. Told what to do, and telling what they have seen,
 * over IPC: as little work per client as may be, so that what is measured is the other side.
 */
import { connect } from 'node:net';

/** At a time, so that nobody's backlog of connections is full. */
const OPENING = 100;

/** How many clients have seen each version. */
const seenBy = new Map();
let awaited;

process.on('message', (message) => {
  if (message.open) void open(message.open);
  if (message.expect) expect(message.expect);
});

/** @param {{ port: number, token: string, orders: string[], clients: number }} options the clients go round the orders */
async function open({ port, token, orders, clients }) {
  const began = Date.now();
  let next = 0;
  const opener = async () => {
    while (next < clients) {
      const client = next;
      next += 1;
      await follow(client, port, token, orders[client % orders.length]);
    }
  };
  await Promise.all(Array.from({ length: OPENING }, opener));
  process.send({ opened: { ms: Date.now() - began } });
}

function follow(client, port, token, order) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1');
    socket.write(`GET /v1/orders/${order}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    socket.on('error', reject);
    socket.on('close', () => process.send({ problem: `client ${client} was cut off` }));
    socket.on('data', (text) => {
      const version = Number(/\nid: (\d+)/.exec(text)?.[1] ?? 0);
      if (version === 0) return;
      seenBy.set(version, (seenBy.get(version) ?? 0) + 1);
      resolve();
      look();
    });
  });
}

/** Tells when this many clients have seen this version. */
function expect(expected) {
  awaited = expected;
  look();
}

function look() {
  if (!awaited) return;
  if ((seenBy.get(awaited.version) ?? 0) < awaited.clients) return;
  awaited = undefined;
  process.send({ reached: { at: Date.now() } });
}
