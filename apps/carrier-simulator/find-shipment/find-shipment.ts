import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import { DATABASE } from '#libs/persistence/database.js';
import { EasyPostError, notFound } from '../easypost/easypost-error.js';
import type { CarrierSimulatorSchema, ShipmentRow } from '../schema.js';

const listRequest = z.object({
  page_size: z.coerce.number().int().min(1).max(100).default(20),
  before_id: z.string().optional(),
  purchased: z.enum(['true', 'false']).default('true'),
});

export interface Page {
  readonly rows: readonly ShipmentRow[];
  readonly hasMore: boolean;
}

@Injectable()
export class FindShipment {
  constructor(@Inject(DATABASE) private readonly db: Kysely<CarrierSimulatorSchema>) {}

  /** By its id, or by the customer's reference: then the newest that carries it. */
  async byIdOrReference(id: string): Promise<ShipmentRow> {
    const row = await this.db
      .selectFrom('shipments')
      .selectAll()
      .where((where) => where.or([where('id', '=', id), where('reference', '=', id)]))
      .orderBy(sql`id = ${id}`, 'desc')
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!row) throw notFound();
    return row;
  }

  async byTracker(idOrCode: string): Promise<ShipmentRow> {
    const row = await this.db
      .selectFrom('shipments')
      .selectAll()
      .where((where) => where.or([where('tracker_id', '=', idOrCode), where('tracking_code', '=', idOrCode)]))
      .executeTakeFirst();
    if (!row) throw notFound();
    return row;
  }

  /** Newest first; only sold ones, unless asked otherwise. */
  async list(query: unknown): Promise<Page> {
    const request = listRequest.safeParse(query);
    if (!request.success) throw new EasyPostError(422, 'PARAMETER.INVALID', 'One or more parameters were invalid.');
    const { page_size, before_id, purchased } = request.data;
    let shipments = this.db.selectFrom('shipments').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
    if (purchased === 'true') shipments = shipments.where('stage', '!=', 'quoted');
    if (before_id !== undefined)
      shipments = shipments.where(
        sql<boolean>`(created_at, id) < (select created_at, id from shipments where id = ${before_id})`,
      );
    const rows = await shipments.limit(page_size + 1).execute();
    return { rows: rows.slice(0, page_size), hasMore: rows.length > page_size };
  }
}
