import type { ClientReadableStream } from '@grpc/grpc-js';
import type {
  Order,
  StreamOrderUpdatesRequest,
  StreamOrderUpdatesResponse,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { fromStatus } from '#libs/grpc/errors.js';
import type { WaybillError } from '#libs/kernel/errors.js';
import { eventually } from '#libs/testing/eventually.js';
import type { OrdersFixture, Replica } from './orders-fixture.js';

/** A reader of an order's updates. */
export interface Follower {
  readonly call: ClientReadableStream<StreamOrderUpdatesResponse>;
  readonly states: Order[];
  readonly versions: number[];
  /** Once its headers have come: it may read. */
  readonly accepted: Promise<void>;
  /** Undefined: the stream came to its end. */
  readonly ended: Promise<WaybillError | undefined>;
  /** Waits until it has read this version. */
  reached(version: number): Promise<void>;
}

export async function follow(
  fixture: OrdersFixture,
  replica: Replica,
  request: StreamOrderUpdatesRequest,
  { by = 'anna', scopes = ['orders:read'] as const, signal }: Following = {},
): Promise<Follower> {
  const metadata = await fixture.as(by, { scopes: scopes as never });
  const call = replica.orders.streamOrderUpdates(request, { metadata, ...(signal && { signal }) });
  const states: Order[] = [];
  const versions: number[] = [];
  call.on('data', ({ order }: StreamOrderUpdatesResponse) => {
    if (order === undefined) return;
    states.push(order);
    versions.push(order.version);
  });
  const accepted = new Promise<void>((resolve) => call.once('metadata', () => resolve()));
  const ended = new Promise<WaybillError | undefined>((resolve) => {
    call.once('end', () => resolve(undefined));
    call.once('error', (error) => resolve(fromStatus(error as never)));
  });
  const reached = async (version: number): Promise<void> =>
    void (await eventually(() => (versions.at(-1) ?? 0) >= version));
  return { call, states, versions, accepted, ended, reached };
}

export interface Following {
  readonly by?: string;
  readonly scopes?: readonly string[];
  readonly signal?: AbortSignal;
}
