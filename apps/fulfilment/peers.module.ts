import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { InventoryServiceService } from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import { OrderProgressServiceService } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { PaymentServiceService } from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import { ShippingServiceService } from '#libs/contracts/generated/waybill/shipping/v1/shipping.js';
import { Resilience } from '#libs/resilience/resilience.js';
import type { FulfilmentConfig } from './fulfilment.config.js';
import { INVENTORY, PAYMENTS, PROGRESS, SHIPPING } from './participants.js';

interface Closable {
  readonly close: () => void;
}

const TOKENS = [INVENTORY, PAYMENTS, SHIPPING, PROGRESS];

/** The services that take part in an order. Calls are not retried here: the workflow repeats the step. */
@Module({})
export class PeersModule implements OnApplicationShutdown {
  constructor(
    @Inject(INVENTORY) private readonly inventory: Closable,
    @Inject(PAYMENTS) private readonly payments: Closable,
    @Inject(SHIPPING) private readonly shipping: Closable,
    @Inject(PROGRESS) private readonly progress: Closable,
  ) {}

  static with(config: FulfilmentConfig): DynamicModule {
    const peers = new Resilience('fulfilment', config.WAYBILL_POLICIES);
    return {
      module: PeersModule,
      providers: [
        {
          provide: INVENTORY,
          useFactory: () => peers.client('inventory', InventoryServiceService, config.WAYBILL_INVENTORY_ADDRESS),
        },
        {
          provide: PAYMENTS,
          useFactory: () => peers.client('payments', PaymentServiceService, config.WAYBILL_PAYMENTS_ADDRESS),
        },
        {
          provide: SHIPPING,
          useFactory: () => peers.client('shipping', ShippingServiceService, config.WAYBILL_SHIPPING_ADDRESS),
        },
        {
          provide: PROGRESS,
          useFactory: () => peers.client('orders', OrderProgressServiceService, config.WAYBILL_ORDERS_ADDRESS),
        },
      ],
      exports: TOKENS,
    };
  }

  onApplicationShutdown(): void {
    for (const peer of [this.inventory, this.payments, this.shipping, this.progress]) peer.close();
  }
}
