import { Injectable } from '@nestjs/common';
import { unreachable } from '#libs/kernel/errors.js';
import { Charges } from '../charges.js';
import { PaymentProvider } from '../provider/payment-provider.js';
import type { Charge } from '../schema.js';
import { nextRecord, type RecordStep } from './next-record.js';

/** A charge that was captured, then refunded; each may have been written by somebody else meanwhile. */
const MOST_RECORDS = 5;

/**
 * Writes down what the provider says of a charge that is under way, as the next call of the charge or the settle would,
 * and does nothing else: it confirms, cancels and refunds nothing.
 */
@Injectable()
export class ReconcileCharge {
  constructor(
    private readonly charges: Charges,
    private readonly provider: PaymentProvider,
  ) {}

  /** @throws WaybillError UNAVAILABLE or DEADLINE_EXCEEDED when the provider cannot be asked. */
  async execute(charge: Charge): Promise<Charge> {
    if (charge.intent_id === null) return charge;
    const intent = await this.provider.findIntent(charge.intent_id);
    let current = charge;
    for (let records = 0; records < MOST_RECORDS; records += 1) {
      const step = nextRecord(current, intent);
      if (step === undefined) return current;
      current = await this.record(step);
    }
    return current;
  }

  private record(step: RecordStep): Promise<Charge> {
    switch (step.kind) {
      case 'record-captured':
        return this.charges.recordCaptured(step.charge, step.captured);
      case 'record-declined':
        return this.charges.recordDeclined(step.charge, step.reason);
      case 'record-voided':
        return this.charges.recordVoided(step.charge);
      case 'record-refunded':
        return this.charges.recordRefunded(step.charge, step.refunded);
      default:
        return unreachable(step);
    }
  }
}
