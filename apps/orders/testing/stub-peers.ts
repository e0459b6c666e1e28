import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { CatalogServiceService, type PriceLinesRequest } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import {
  InventoryServiceService,
  ReservationState,
  type HoldRequest,
} from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import { toStatus } from '#libs/grpc/errors.js';
import { WaybillError } from '#libs/kernel/errors.js';

type Handler<Request, Response> = (request: Request) => Promise<Response>;
type Unary<Request, Response> = (call: ServerUnaryCall<Request, Response>, respond: sendUnaryData<Response>) => void;

/** A peer whose behaviour a test sets: as usual, or once, or until further notice. */
export class Behaviour {
  private script: (() => Promise<void> | void)[] = [];
  private rule: () => Promise<void> | void = () => undefined;
  /** Calls so far. */
  calls = 0;

  /** What happens in the next calls, before they are answered as usual. */
  next(...steps: (() => Promise<void> | void)[]): void {
    this.script.push(...steps);
  }

  /** What happens in each call from now on. */
  always(step: () => Promise<void> | void): void {
    this.rule = step;
  }

  /** As usual again. */
  reset(): void {
    this.script = [];
    this.rule = () => undefined;
  }

  async play(): Promise<void> {
    this.calls += 1;
    await (this.script.shift() ?? this.rule)();
  }
}

/** Inventory and catalogue as far as accepting needs them, in one gRPC server. */
export class StubPeers {
  readonly pricing = new Behaviour();
  readonly holding = new Behaviour();
  readonly prices = new Map([
    ['MUG', 1299],
    ['TEA', 450],
    ['SOLD-OUT', 100],
  ]);
  /** EUR unless set. */
  readonly currencies = new Map<string, string>();
  readonly available = new Map([
    ['MUG', 1_000_000],
    ['TEA', 1_000_000],
    ['SOLD-OUT', 0],
  ]);
  /** By order id. */
  readonly holds = new Map<string, HoldRequest['lines']>();
  private server = new Server();
  address = '';

  /** On the address of before, after a stop. */
  async start(): Promise<void> {
    this.server = new Server();
    this.server.addService(CatalogServiceService, {
      priceLines: unary(this.priceLines),
      listProducts: missing,
      getProduct: missing,
    });
    this.server.addService(InventoryServiceService, {
      hold: unary(this.hold),
      reserve: missing,
      release: missing,
      ship: missing,
      listStock: missing,
      setStock: missing,
    });
    const listen = this.address === '' ? '127.0.0.1:0' : this.address;
    const port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync(listen, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    this.address = `127.0.0.1:${port}`;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private readonly priceLines = async ({ skus }: PriceLinesRequest) => {
    await this.pricing.play();
    const known = skus.filter((sku) => this.prices.has(sku));
    return {
      products: known.map((sku) => ({
        sku,
        name: `The ${sku}`,
        price: { amount: this.prices.get(sku) ?? 0, currency: this.currencies.get(sku) ?? 'EUR' },
        available: 1,
      })),
      unknownSkus: skus.filter((sku) => !this.prices.has(sku)),
    };
  };

  private readonly hold = async ({ orderId, lines }: HoldRequest) => {
    await this.holding.play();
    if (!this.holds.has(orderId)) {
      const short = lines.find(({ sku, quantity }) => (this.available.get(sku) ?? 0) < quantity);
      if (short) throw new WaybillError('OUT_OF_STOCK', `Not enough ${short.sku}`, { sku: short.sku });
      for (const { sku, quantity } of lines) this.available.set(sku, (this.available.get(sku) ?? 0) - quantity);
      this.holds.set(orderId, lines);
    }
    return { orderId, state: ReservationState.HELD, expiresAt: new Date(Date.now() + 900_000) };
  };
}

function unary<Request, Response>(handler: Handler<Request, Response>): Unary<Request, Response> {
  return (call, respond) => {
    handler(call.request).then(
      (response) => respond(null, response),
      (error: unknown) =>
        respond(toStatus(error instanceof WaybillError ? error : new WaybillError('INTERNAL', String(error)))),
    );
  };
}

const missing = unary(async () => {
  throw new WaybillError('INTERNAL', 'Not part of this stub');
});
