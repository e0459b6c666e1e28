import { Body, Controller, Get, HttpCode, Param, Post, Query, UseFilters, UseGuards } from '@nestjs/common';
import { failpoint, type Failpoint } from '#libs/kernel/failpoints.js';
import { BuyShipment } from '../buy-shipment/buy-shipment.js';
import { CreateShipment } from '../create-shipment/create-shipment.js';
import { FindShipment } from '../find-shipment/find-shipment.js';
import { RefundShipment } from '../refund-shipment/refund-shipment.js';
import type { ShipmentRow } from '../schema.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { EasyPostErrorFilter } from './easypost-error.js';
import { shipmentJson } from './shipment-json.js';

/** The part of EasyPost's shipment API that a shop needs: https://docs.easypost.com/docs/shipments */
@Controller('v2/shipments')
@UseGuards(ApiKeyGuard)
@UseFilters(EasyPostErrorFilter)
export class ShipmentsController {
  constructor(
    private readonly creating: CreateShipment,
    private readonly finding: FindShipment,
    private readonly buying: BuyShipment,
    private readonly refunding: RefundShipment,
  ) {}

  @Post()
  async create(@Body() body: unknown): Promise<object> {
    return reply('create-shipment.before-reply', await this.creating.create(body));
  }

  @Get()
  async list(@Query() query: unknown): Promise<object> {
    const { rows, hasMore } = await this.finding.list(query);
    return { shipments: rows.map(shipmentJson), has_more: hasMore };
  }

  @Get(':id')
  async retrieve(@Param('id') id: string): Promise<object> {
    return shipmentJson(await this.finding.byIdOrReference(id));
  }

  @Post(':id/buy')
  @HttpCode(200)
  async buy(@Param('id') id: string, @Body() body: unknown): Promise<object> {
    return reply('buy-label.before-reply', await this.buying.buy(id, body));
  }

  @Post(':id/refund')
  @HttpCode(200)
  async refund(@Param('id') id: string): Promise<object> {
    return reply('refund-label.before-reply', await this.refunding.refund(id));
  }
}

/** Our customers give their own order's id as the reference. */
async function reply(before: Failpoint, shipment: ShipmentRow): Promise<object> {
  await failpoint(before, shipment.reference ?? undefined);
  return shipmentJson(shipment);
}
