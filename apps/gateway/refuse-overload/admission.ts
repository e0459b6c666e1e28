import { refuse } from '#libs/resilience/refuse.js';
import { counter, gauge } from '#libs/telemetry/metrics.js';
import { IMPORTANCE, type Importance } from './importance.js';

const RETRY_AFTER_MS = 1_000;

const underWay = gauge('waybill_requests_under_way', 'Requests that are being served, by importance', ['importance']);
const refused = counter('waybill_requests_refused_total', 'Requests refused because too many were under way', [
  'importance',
]);

/** As many requests of all kinds may be under way when one of this importance comes. */
export type AdmissionLimits = Readonly<Record<Importance, number>>;

/** Bounds what is served at once. The less important a request, the sooner it is refused; so there is room left for the others. */
export class Admission {
  private count = 0;

  constructor(private readonly limits: AdmissionLimits) {
    for (const importance of IMPORTANCE) underWay.set({ importance }, 0);
  }

  /** Gives back what ends it. @throws WaybillError OVERLOADED, before anything was done for it */
  admit(importance: Importance): () => void {
    if (this.count >= this.limits[importance]) {
      refused.inc({ importance });
      throw refuse('OVERLOADED', `${this.count} requests are under way; try again in a moment`, RETRY_AFTER_MS);
    }
    this.count += 1;
    underWay.inc({ importance });
    return () => {
      this.count -= 1;
      underWay.dec({ importance });
    };
  }
}
