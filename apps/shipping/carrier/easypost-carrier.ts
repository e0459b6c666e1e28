import { unreachable, WaybillError } from '#libs/kernel/errors.js';
import { histogram } from '#libs/telemetry/metrics.js';
import { outsideCall } from '#libs/telemetry/tracing/hop.js';
import type { ShipFrom } from '../shipping.config.js';
import { Carrier, type Label, type Parcel, type Purchase, type Quote, type Voiding } from './carrier.js';
import { chooseRate } from './choose-rate.js';
import { easyPostClient, type EasyPostClient, type EasyPostOptions } from './easypost-client.js';
import { asCarrierFailure, isClientError, isRefusal } from './easypost-errors.js';
import { readShipment, type CarrierShipment } from './easypost-shipment.js';

export interface EasyPostCarrierOptions extends EasyPostOptions {
  readonly shipFrom: ShipFrom;
  readonly ouncesPerItem: number;
}

/** Refused, sold meanwhile, taken back: a void meets at most one purchase of somebody else on its way. */
const ROUNDS = 3;

/** The carrier behind EasyPost's API, by the official SDK; the real one and the simulator alike. */
export class EasyPostCarrier extends Carrier {
  private readonly client: EasyPostClient;
  private readonly calls = histogram('waybill_carrier_call_seconds', 'Calls to the carrier', ['operation', 'outcome']);

  constructor(private readonly options: EasyPostCarrierOptions) {
    super();
    this.client = easyPostClient(options);
  }

  async quote(parcel: Parcel): Promise<Quote> {
    try {
      const { id, rates, messages } = await this.ask('quote', ({ Shipment }) =>
        Shipment.create(this.shipmentOf(parcel)),
      );
      const rate = chooseRate(rates, parcel.shippingMethod);
      if (rate) return { kind: 'quoted', label: { reference: id, rate: rate.id } };
      return { kind: 'not_served', reason: messages.map(({ message }) => message).join(' ') || 'No rates' };
    } catch (error) {
      if (isRefusal(error, 'ADDRESS.COUNTRY.INVALID')) return { kind: 'not_served', reason: error.message };
      throw asCarrierFailure(error);
    }
  }

  async buy(label: Label): Promise<Purchase> {
    try {
      return purchased(
        readShipment(await this.ask('buy', ({ Shipment }) => Shipment.buy(label.reference, label.rate))),
      );
    } catch (error) {
      // Refused as sold already, or uncertain: the carrier itself knows what was sold.
      if (isClientError(error) && !isRefusal(error, 'SHIPMENT.POSTAGE.EXISTS')) throw asCarrierFailure(error);
      return purchased(await this.look(label), error);
    }
  }

  async void(label: Label): Promise<Voiding> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const found = await this.takeBack(label);
      if (found !== 'quoted' && found !== 'labelled') return found;
      // A purchase may still be on its way to the carrier, and only a label that was sold can be taken back for good:
      // this purchase, or that one, is the only one there will ever be.
      if (found === 'quoted') await this.buy(label);
    }
    throw new WaybillError('UNAVAILABLE', 'The carrier has not taken the label back yet; try again in a moment');
  }

  /** One request. */
  private async ask<Answer>(operation: string, send: (client: EasyPostClient) => Promise<Answer>): Promise<Answer> {
    const stop = this.calls.startTimer({ operation });
    try {
      const answer = await outsideCall('carrier', operation, () => send(this.client));
      stop({ outcome: 'answered' });
      return answer;
    } catch (error) {
      stop({ outcome: isClientError(error) ? 'answered' : 'failed' });
      throw error;
    }
  }

  private async takeBack(label: Label): Promise<Voiding | 'quoted' | 'labelled'> {
    try {
      return voided(readShipment(await this.ask('void', ({ Shipment }) => Shipment.refund(label.reference))));
    } catch (error) {
      if (!isClientError(error)) throw asCarrierFailure(error);
      return voided(await this.look(label));
    }
  }

  private async look({ reference }: Label): Promise<CarrierShipment> {
    try {
      return readShipment(await this.ask('look', ({ Shipment }) => Shipment.retrieve(reference)));
    } catch (error) {
      throw asCarrierFailure(error);
    }
  }

  private shipmentOf({ orderId, address, items }: Parcel): Parameters<EasyPostClient['Shipment']['create']>[0] {
    const { shipFrom, ouncesPerItem } = this.options;
    const pieces = items.reduce((sum, { quantity }) => sum + quantity, 0);
    return {
      reference: orderId,
      to_address: addressOf(address),
      from_address: { ...addressOf(shipFrom), ...(shipFrom.state !== undefined && { state: shipFrom.state }) },
      parcel: { weight: pieces * ouncesPerItem },
    };
  }
}

function addressOf({ name, line1, city, postalCode, country }: Omit<ShipFrom, 'state'>) {
  return { name, street1: line1, city, zip: postalCode, country };
}

function purchased(shipment: CarrierShipment, problem?: unknown): Purchase {
  switch (shipment.kind) {
    case 'sold':
      return { kind: 'bought', report: shipment.report };
    case 'voided':
      return { kind: 'voided' };
    case 'quoted':
      throw asCarrierFailure(problem ?? new Error('a purchase without a label'));
    default:
      return unreachable(shipment);
  }
}

function voided(shipment: CarrierShipment): Voiding | 'quoted' | 'labelled' {
  switch (shipment.kind) {
    case 'voided':
      return { kind: 'voided' };
    case 'quoted':
      return 'quoted';
    case 'sold':
      return shipment.report.seen === 'labelled' ? 'labelled' : { kind: 'handed_over', report: shipment.report };
    default:
      return unreachable(shipment);
  }
}
