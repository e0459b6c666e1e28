import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { DATABASE } from '#libs/persistence/database.js';
import { EasyPostError } from '../easypost/easypost-error.js';
import { easyPostId } from '../easypost/ids.js';
import type { CarrierSimulatorSchema, ShipmentRow } from '../schema.js';
import { quoteRates } from './rates.js';

const text = z
  .string()
  .max(500)
  .nullish()
  .transform((value) => value ?? null);
const address = z.object({
  name: text,
  street1: text,
  city: text,
  state: text,
  zip: text,
  country: z.string().regex(/^[A-Z]{2}$/, 'must be a country code of two letters'),
});
const createRequest = z.object({
  shipment: z.object({
    reference: text,
    to_address: address,
    from_address: address,
    parcel: z.object({ weight: z.coerce.number().positive().max(100_000) }),
  }),
});

/** Quotes a shipment. Nothing is sold yet; each call makes a new one, also under a reference that was used before. */
@Injectable()
export class CreateShipment {
  constructor(@Inject(DATABASE) private readonly db: Kysely<CarrierSimulatorSchema>) {}

  async create(body: unknown): Promise<ShipmentRow> {
    const { reference, to_address, from_address, parcel } = readRequest(body);
    return this.db
      .insertInto('shipments')
      .values({
        id: easyPostId('shp'),
        reference,
        to_address: JSON.stringify(to_address),
        from_address: JSON.stringify(from_address),
        parcel: JSON.stringify(parcel),
        rates: JSON.stringify(quoteRates(to_address.country, parcel.weight)),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  }
}

function readRequest(body: unknown): z.output<typeof createRequest>['shipment'] {
  const result = createRequest.safeParse(body);
  if (result.success) return result.data.shipment;
  const errors = result.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
  throw new EasyPostError(
    422,
    'SHIPMENT.INVALID_PARAMS',
    'Unable to create shipment, one or more parameters were invalid.',
    errors,
  );
}
