import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Client,
  status,
  type sendUnaryData,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import type { Identity } from '#libs/contracts/callers.js';
import {
  BulkUpdateOrdersResponse,
  OrderServiceService,
  StreamOrderUpdatesResponse,
  type BulkUpdateOrdersRequest,
  type StreamOrderUpdatesRequest,
} from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import {
  ChargeResponse,
  PaymentServiceService,
  type SettleRequest,
} from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import type { IdentityFiles } from '#libs/security/identity-folder.js';
import { metrics } from '#libs/telemetry/metrics.js';
import { testIdentities, type TestIdentities } from '#libs/testing/test-identities.js';
import { grpcClient } from '../client.js';
import { fromStatus } from '../errors.js';
import { serve, type AnsweringServer } from '../testing/answering-server.js';
import { channelCredentials, serverCredentials, useIdentity } from './own-identity.js';

const IN_TIME = { deadlineMs: 10_000 };
const NOTHING = new Uint8Array();
let ours: TestIdentities;
let served: string[];

const payments = {
  settle: ({ request }: ServerUnaryCall<SettleRequest, ChargeResponse>, done: sendUnaryData<ChargeResponse>) => {
    served.push(request.orderId);
    done(null, { ...ChargeResponse.decode(NOTHING), orderId: request.orderId });
  },
};

const orders = {
  streamOrderUpdates: (call: ServerWritableStream<StreamOrderUpdatesRequest, StreamOrderUpdatesResponse>) => {
    served.push(call.request.id);
    call.write(StreamOrderUpdatesResponse.decode(NOTHING));
    call.end();
  },
  bulkUpdateOrders: (
    call: ServerReadableStream<BulkUpdateOrdersRequest, BulkUpdateOrdersResponse>,
    done: sendUnaryData<BulkUpdateOrdersResponse>,
  ) => {
    call.on('data', ({ id }: BulkUpdateOrdersRequest) => served.push(id));
    call.on('end', () => done(null, BulkUpdateOrdersResponse.decode(NOTHING)));
  },
};

beforeAll(async () => {
  ours = await testIdentities();
});

afterAll(async () => {
  useIdentity(null);
  await ours.remove();
});

beforeEach(() => {
  served = [];
});

/** Settles a charge as whoever holds these files. */
async function settle(address: string, files: IdentityFiles | null): Promise<ChargeResponse> {
  useIdentity(files);
  const client = grpcClient(PaymentServiceService, address);
  try {
    return await client.settle({ orderId: 'o-1' }, IN_TIME);
  } finally {
    client.close();
  }
}

describe('payments, served over mTLS', () => {
  let server: AnsweringServer;

  beforeAll(async () => {
    useIdentity(await ours.issue('payments'));
    server = await serve(serverCredentials(), PaymentServiceService, payments);
  });

  afterAll(() => server.stop());

  it('given a certificate of who may call it, then it answers', async () => {
    await expect(settle(server.address, await ours.issue('fulfilment'))).resolves.toMatchObject({ orderId: 'o-1' });
  });

  it.each<Identity>(['notifications', 'gateway', 'operator', 'payments'])(
    'given a certificate of %s, then the call is FORBIDDEN, counted, and never reaches its handler',
    async (identity) => {
      await expect(settle(server.address, await ours.issue(identity))).rejects.toMatchObject({ code: 'FORBIDDEN' });
      expect(served).toEqual([]);
      expect(await metrics.getSingleMetricAsString('waybill_grpc_refused_calls_total')).toContain(
        `caller="${identity}",method="/waybill.payments.v1.PaymentService/Settle"`,
      );
    },
  );

  it('given methods that do not exist, then they are refused, and no path that a peer made up is counted', async () => {
    useIdentity(await ours.issue('notifications'));
    const client = new Client(server.address, channelCredentials());
    const call = (path: string): Promise<unknown> =>
      new Promise((resolve, reject) =>
        client.makeUnaryRequest(path, Buffer.from, Buffer.from, Buffer.from(''), (error, answer) =>
          error ? reject(error) : resolve(answer),
        ),
      );
    const settle = '/waybill.payments.v1.PaymentService/Settle';
    const unknown = ['/a/b', `/waybill.payments.v1.PaymentService/${'x'.repeat(5_000)}`, `${settle}/c`, '/'];
    for (const path of unknown) await expect(call(path)).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
    client.close();
    expect(await metrics.getSingleMetricAsString('waybill_grpc_refused_calls_total')).not.toMatch(/xxx|Settle\/c|a\/b/);
  });

  it('given no certificate at all, in plaintext, then nothing is answered', async () => {
    await expect(settle(server.address, null)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(served).toEqual([]);
  });

  it('given a certificate that has ended, then nothing is answered', async () => {
    const ended = await ours.issue('fulfilment', -1_000);
    await expect(settle(server.address, ended)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(served).toEqual([]);
  });

  it('given a certificate of another authority that trusts ours, then nothing is answered', async () => {
    const theirs = await testIdentities();
    const forged = await theirs.issue('fulfilment');
    const { ca } = await ours.issue('fulfilment');
    await expect(settle(server.address, { ...forged, ca })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await theirs.remove();
    expect(served).toEqual([]);
  });

  it('given a stolen certificate and another’s key, then there is no identity to call with', async () => {
    const { cert } = await ours.issue('fulfilment');
    const { key } = await ours.issue('notifications');
    const { ca } = await ours.issue('gateway');
    await expect(settle(server.address, { ca, cert, key })).rejects.toThrow('not that of the certificate');
  });
});

describe('who answers', () => {
  it('given a service that pretends to be another, then it gets no call', async () => {
    useIdentity(await ours.issue('notifications'));
    const impostor = await serve(serverCredentials(), PaymentServiceService, payments);
    await expect(settle(impostor.address, await ours.issue('fulfilment'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    impostor.stop();
    expect(served).toEqual([]);
  });
});

describe('streams over mTLS', () => {
  let server: AnsweringServer;

  beforeAll(async () => {
    useIdentity(await ours.issue('orders'));
    server = await serve(serverCredentials(), OrderServiceService, orders);
  });

  afterAll(() => server.stop());
  afterEach(() => useIdentity(null));

  async function follow(identity: Identity): Promise<unknown[]> {
    useIdentity(await ours.issue(identity));
    const client = grpcClient(OrderServiceService, server.address);
    try {
      return (await client.streamOrderUpdates({ id: 'o-1', afterVersion: 0 }, {}).toArray()) as unknown[];
    } catch (error) {
      throw fromStatus(error as Parameters<typeof fromStatus>[0]);
    } finally {
      client.close();
    }
  }

  async function update(identity: Identity): Promise<unknown> {
    useIdentity(await ours.issue(identity));
    const client = grpcClient(OrderServiceService, server.address);
    const lines = ['o-1', 'o-2'].map((id) => ({ id, key: id, cancel: { reason: '' } }));
    return client.bulkUpdateOrders(lines, IN_TIME).finally(() => client.close());
  }

  it.each<Identity>(['gateway', 'operator'])('given %s, then it may follow and update orders', async (identity) => {
    await expect(follow(identity)).resolves.toHaveLength(1);
    await update(identity);
    expect(served).toEqual(['o-1', 'o-1', 'o-2']);
  });

  it('given notifications, then neither begins', async () => {
    await expect(follow('notifications')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(update('notifications')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(served).toEqual([]);
  });
});
