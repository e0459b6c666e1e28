import { InventoryServiceService } from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import { OrderProgressServiceService } from '#libs/contracts/generated/waybill/orders/v1/orders.js';
import { PaymentServiceService } from '#libs/contracts/generated/waybill/payments/v1/payments.js';
import { ShippingServiceService } from '#libs/contracts/generated/waybill/shipping/v1/shipping.js';
import type { GrpcClient } from '#libs/grpc/client.js';

/** What fulfilment asks of the services. It retries nothing itself: the workflow repeats the step. */
export type Inventory = Pick<
  GrpcClient<typeof InventoryServiceService>,
  'reserve' | 'amendReservation' | 'release' | 'ship'
>;
export type Payments = Pick<GrpcClient<typeof PaymentServiceService>, 'charge' | 'settle'>;
export type Shipping = Pick<GrpcClient<typeof ShippingServiceService>, 'scheduleShipment' | 'cancelShipment'>;
export type Progress = Omit<GrpcClient<typeof OrderProgressServiceService>, 'close'>;

export interface Participants {
  readonly inventory: Inventory;
  readonly payments: Payments;
  readonly shipping: Shipping;
  readonly progress: Progress;
}

/** Injection tokens. */
export const INVENTORY = Symbol('inventory');
export const PAYMENTS = Symbol('payments');
export const SHIPPING = Symbol('shipping');
export const PROGRESS = Symbol('progress');
