import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import {
  ReservationState,
  type AmendReservationRequest,
  type HoldRequest,
  type ListStockRequest,
  type ListStockResponse,
  type ReleaseRequest,
  type ReservationResponse,
  type ReserveRequest,
  type SetStockRequest,
  type ShipRequest,
  type StockLevel,
} from '#libs/contracts/generated/waybill/inventory/v1/inventory.js';
import { orderRequest } from '#libs/grpc/request-fields.js';
import { failpoint, type Failpoint } from '#libs/kernel/failpoints.js';
import { parse } from '#libs/kernel/parse.js';
import { AmendReservation } from './amend-reservation/amend-reservation.js';
import { HoldStock } from './hold-stock/hold-stock.js';
import { ListStock } from './list-stock/list-stock.js';
import { ReleaseStock } from './release-stock/release-stock.js';
import { amendRequest, linesRequest, listRequest, stockCount } from './requests.js';
import type { Reservation } from './reservation/reservation.js';
import { ReserveStock } from './reserve-stock/reserve-stock.js';
import { SetStock } from './set-stock/set-stock.js';
import { ShipStock } from './ship-stock/ship-stock.js';

/** `waybill.inventory.v1.InventoryService`: validates, delegates, translates. */
@Controller()
export class InventoryGrpc {
  constructor(
    private readonly holdStock: HoldStock,
    private readonly reserveStock: ReserveStock,
    private readonly amendStock: AmendReservation,
    private readonly releaseStock: ReleaseStock,
    private readonly shipStock: ShipStock,
    private readonly stockList: ListStock,
    private readonly stockSetting: SetStock,
  ) {}

  @GrpcMethod('InventoryService', 'hold')
  async hold(request: HoldRequest): Promise<ReservationResponse> {
    return reply('hold-stock.before-reply', await this.holdStock.execute(parse(linesRequest, request)));
  }

  @GrpcMethod('InventoryService', 'reserve')
  async reserve(request: ReserveRequest): Promise<ReservationResponse> {
    return reply('reserve-stock.before-reply', await this.reserveStock.execute(parse(linesRequest, request)));
  }

  @GrpcMethod('InventoryService', 'amendReservation')
  async amendReservation(request: AmendReservationRequest): Promise<ReservationResponse> {
    return reservationMessage(await this.amendStock.execute(parse(amendRequest, request)));
  }

  @GrpcMethod('InventoryService', 'release')
  async release(request: ReleaseRequest): Promise<ReservationResponse> {
    return reply('release-stock.before-reply', await this.releaseStock.execute(parse(orderRequest, request).orderId));
  }

  @GrpcMethod('InventoryService', 'ship')
  async ship(request: ShipRequest): Promise<ReservationResponse> {
    return reply('ship-stock.before-reply', await this.shipStock.execute(parse(orderRequest, request).orderId));
  }

  @GrpcMethod('InventoryService', 'listStock')
  listStock(request: ListStockRequest): Promise<ListStockResponse> {
    return this.stockList.execute(parse(listRequest, request));
  }

  @GrpcMethod('InventoryService', 'setStock')
  setStock(request: SetStockRequest): Promise<StockLevel> {
    return this.stockSetting.execute(parse(stockCount, request));
  }
}

const STATES = {
  held: ReservationState.HELD,
  reserved: ReservationState.RESERVED,
  released: ReservationState.RELEASED,
  shipped: ReservationState.SHIPPED,
} as const;

async function reply(before: Failpoint, reservation: Reservation): Promise<ReservationResponse> {
  await failpoint(before);
  return reservationMessage(reservation);
}

function reservationMessage({ orderId, state, expiresAt }: Reservation): ReservationResponse {
  return { orderId, state: STATES[state], expiresAt: expiresAt ?? undefined };
}
