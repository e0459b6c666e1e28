import { randomUUID } from 'node:crypto';
import { request as send, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Operation } from '#libs/contracts/http/operation.js';
import { eventually } from '#libs/testing/eventually.js';
import { OWNER, type CallerUnderTest } from './callers.js';
import { sampleRequest, type SampleRequest, type Target } from './sample-request.js';

/** Of whom the target is, as far as the caller is concerned. */
export type Owned = 'the owner’s' | 'nobody’s';

export interface Cell {
  readonly operation: Operation;
  readonly caller: CallerUnderTest;
  readonly owned: Owned;
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** Somebody got what they must not, or the contract is answered otherwise. */
export interface Leak {
  readonly cell: string;
  readonly why: string;
}

export interface OwnersThings {
  readonly orderId: string;
  readonly invoice: string;
  /** Words that stand in the owner's things and nowhere else. */
  readonly marks: readonly string[];
}

/** Every route with every caller, on what is the owner's and on what is nobody's. */
export function cellsOf(operations: readonly Operation[], callers: readonly CallerUnderTest[]): Cell[] {
  return operations.flatMap((operation) =>
    callers.flatMap((caller) =>
      (isOfAnOrder(operation) ? (['the owner’s', 'nobody’s'] as const) : (['nobody’s'] as const)).map((owned) => ({
        operation,
        caller,
        owned,
      })),
    ),
  );
}

export async function look(url: string, cell: Cell, things: OwnersThings): Promise<Leak[]> {
  const target = targetOf(cell, things);
  const request = sampleRequest(cell.operation, target);
  // A read model may still be in the making: that is no answer about who may read it.
  const answer = await eventually(async () => {
    const given = await exchange(url, request, cell.caller.authorization);
    if (given.status === 503) throw new Error(`${request.path} answers 503: ${given.body}`);
    return given;
  });
  const name = `${request.method} ${cell.operation.path} by ${cell.caller.name}, ${cell.owned}`;
  return whatIsWrong(cell, answer, target, things).map((why) => ({
    cell: name,
    why: `${why}: ${answer.body.slice(0, 200)}`,
  }));
}

function targetOf({ operation, owned }: Cell, { orderId, invoice }: OwnersThings): Target {
  const ofOrder = isOfAnOrder(operation);
  return {
    id: ofOrder && owned === 'the owner’s' ? orderId : randomUUID(),
    number: invoice,
    // Nothing that is there is touched by those who may.
    sku: operation.method === 'get' ? 'MUG-ENAMEL' : 'NO-SUCH',
    name: 'no-such',
    queue: 'no-such',
  };
}

function whatIsWrong(
  { operation, caller, owned }: Cell,
  { status, body }: Answered,
  target: Target,
  things: OwnersThings,
): string[] {
  const wrong: string[] = [];
  const allowed = allowedStatus({ operation, caller, owned });
  if (!allowed(status, body)) wrong.push(`answered ${status}`);
  const mayKnow = caller.known?.scopes.includes('ops') || (caller.known?.subject === OWNER && status < 400);
  if (!mayKnow) {
    const said = body.replaceAll(target['id'] ?? '', '').replaceAll(things.invoice, '');
    wrong.push(...things.marks.filter((mark) => said.includes(mark)).map((mark) => `told ${mark}`));
  }
  return wrong;
}

type Judge = (status: number, body: string) => boolean;

/** What the contract allows, from the declaration alone. */
function allowedStatus({ operation, caller, owned }: Cell): Judge {
  const { access } = operation;
  if (access.kind === 'public') return (status) => status === 401;
  if (caller.known === undefined) return (status) => status === 401;
  const { scopes, subject } = caller.known;
  if (access.scopes.length > 0 && !access.scopes.some((scope) => scopes.includes(scope)))
    return (status) => status === 403;
  const foreign = owned === 'the owner’s' && subject !== OWNER && !scopes.includes('ops');
  if (operation.body === 'lines') return (status, body) => status === 200 && (!foreign || body.includes('NOT_FOUND'));
  if (isOfAnOrder(operation) && (foreign || owned === 'nobody’s')) return (status) => status === 404;
  return (status) => status < 500 && status !== 401 && status !== 403;
}

/** One order's: its id stands in the path, or in each line. */
function isOfAnOrder({ tag, path, body }: Operation): boolean {
  return tag === 'orders' && (path.includes('{id}') || body === 'lines');
}

/** By hand: a header may have to be sent twice. */
export async function exchange(
  url: string,
  { method, path, headers, body }: SampleRequest,
  authorization: readonly string[],
): Promise<Answered> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const lines = [...Object.entries(headers).flat(), ...authorization.flatMap((value) => ['authorization', value])];
    const host = new URL(url).host;
    const length = body === undefined ? [] : ['content-length', String(Buffer.byteLength(body))];
    const request = send(url, { path, method, headers: ['host', host, ...length, ...lines] }, resolve);
    request.once('error', reject);
    request.end(body);
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}
