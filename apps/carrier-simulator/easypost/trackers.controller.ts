import { Controller, Get, Param, Query, UseFilters, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { FindShipment } from '../find-shipment/find-shipment.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { EasyPostError, EasyPostErrorFilter } from './easypost-error.js';
import { trackerJson } from './tracker-json.js';

/** Trackers come into being with the labels: https://docs.easypost.com/docs/trackers */
@Controller('v2/trackers')
@UseGuards(ApiKeyGuard)
@UseFilters(EasyPostErrorFilter)
export class TrackersController {
  constructor(private readonly finding: FindShipment) {}

  @Get()
  async list(@Query() query: unknown): Promise<object> {
    const request = z.object({ tracking_code: z.string() }).safeParse(query);
    if (!request.success)
      throw new EasyPostError(422, 'PARAMETER.REQUIRED', 'The parameter tracking_code is required.');
    return { trackers: [trackerJson(await this.finding.byTracker(request.data.tracking_code))], has_more: false };
  }

  @Get(':id')
  async retrieve(@Param('id') id: string): Promise<object | null> {
    return trackerJson(await this.finding.byTracker(id));
  }
}
