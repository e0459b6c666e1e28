import { describe, expect, it } from '@jest/globals';
import { OPERATIONS } from '#libs/contracts/http/operations.js';
import { createClient, type WaybillClient } from './client.js';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
}

const ID = '01938b1e-7a2c-7c3e-9d57-3f6a2b9c1d10';
/** What each method is called with: anything does, for nothing is sent. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  placeOrder: [{ items: [] }],
  amendOrder: [ID, {}, { ifVersion: 1 }],
  getOrder: [ID, { minVersion: 2 }],
  listOrders: [{ status: 'PAID', limit: 3, cursor: 'c' }],
  listDeadLetters: [{ queue: 'q', reason: 'r', state: 'open', orderId: ID, limit: 3, cursor: 'c' }],
  listActions: [{ operator: 'o', action: 'a', limit: 3, cursor: 'c' }],
  listProducts: [{ limit: 3, cursor: 'c' }],
  getInvoice: [ID, 'INV-2026-000001'],
  discardDeadLetter: [ID, 'because'],
  rebuildProjection: ['orders'],
  getProduct: ['MUG'],
};

/** What a method of the client asks for first. */
async function asks(name: string): Promise<Asked> {
  let asked: Asked | undefined;
  const fetch = (url: URL, { method = 'GET' }: RequestInit): Promise<Response> => {
    asked = { method, path: url.pathname, query: [...url.searchParams.keys()] };
    return Promise.resolve(new Response('{"code":"NOT_FOUND","detail":"no"}', { status: 404 }));
  };
  const client = createClient({ url: 'http://x', token: 't', transport: { fetch } }) as unknown as Record<
    string,
    (...given: readonly unknown[]) => unknown
  >;
  const answer = client[name]?.(...(ARGUMENTS[name] ?? [ID]));
  const events = answer as Partial<AsyncGenerator> | undefined;
  await Promise.resolve(events?.next ? events.next() : answer).catch(() => undefined);
  if (asked === undefined) throw new Error(`${name} asks for nothing`);
  return asked;
}

describe('the typed client', () => {
  const names = Object.keys(createClient({ url: 'http://x', token: 't' })) as (keyof WaybillClient)[];

  it.each(names)('%s asks for a route that the contract declares, with parameters that it takes', async (name) => {
    const { method, path, query } = await asks(name);
    const served = OPERATIONS.filter(({ path: declared, method: way }) => {
      const pattern = new RegExp(`^${declared.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
      return way.toUpperCase() === method && pattern.test(path);
    });
    expect(served.map(({ id }) => id)).toContain(name);
    const known = Object.keys(served.find(({ id }) => id === name)?.query?.shape ?? {});
    expect(query.filter((parameter) => !known.includes(parameter))).toEqual([]);
  });
});
