import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { remainingMs } from '#libs/grpc/call-context.js';
import { unreachable, WaybillError } from '#libs/kernel/errors.js';
import { OutboxRelay } from '#libs/messaging/relay/relay.js';
import { DATABASE } from '#libs/persistence/database.js';
import { counter } from '#libs/telemetry/metrics.js';
import { AnnounceLevels } from '../announce-levels/announce-levels.js';
import { CONFIG, type InventoryConfig } from '../inventory.config.js';
import type { InventorySchema } from '../schema.js';
import { acquireStock } from './acquire-stock.js';
import { amendStock } from './amend-stock.js';
import { leaveTombstone } from './leave-tombstone.js';
import { moveStock } from './move-stock.js';
import { renewHold } from './renew-hold.js';
import type { Change, Decide, Found, Outcome, Reservation, ReservationRequest, Seen } from './reservation.js';

/** Each round that is lost was won by somebody else, so only a bug could use them up. */
const MAX_ROUNDS = 100;

const changes = counter('waybill_reservation_changes_total', 'Reservations changed, by the state they came to', ['to']);
const surprises = counter('waybill_reservation_surprises_total', 'Changes that found another state than they presumed');

/** Carries out what an operation decides, by compare-and-set: right whatever else happens to the same order meanwhile. */
@Injectable()
export class Reservations {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<InventorySchema>,
    @Inject(CONFIG) private readonly config: InventoryConfig,
    private readonly relay: OutboxRelay,
    private readonly levels: AnnounceLevels,
  ) {}

  /**
   * Decides first for what is most likely, `expected`, then for what was found instead: so the usual case is one statement.
   * @throws WaybillError the operation's refusal; DEADLINE_EXCEEDED when the caller's deadline passed before anything was done.
   */
  change(request: ReservationRequest, decide: Decide, expected: Seen): Promise<Reservation> {
    return this.db.connection().execute(async (connection) => {
      let found: Found = { seen: expected, reservation: null };
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        const decision = decide(found.seen);
        if (decision.kind === 'refuse') throw new WaybillError(decision.code, decision.message);
        if (decision.kind === 'answer') return answered(found);
        failAfterDeadline();
        const outcome = await this.attempt(connection, request, decision);
        if (outcome.done) return this.announce(outcome.reservation);
        surprises.inc();
        found = outcome;
      }
      throw new WaybillError('UNAVAILABLE', 'Too many others change this stock; try again in a moment');
    });
  }

  private attempt(db: Kysely<InventorySchema>, request: ReservationRequest, change: Change): Promise<Outcome> {
    switch (change.kind) {
      case 'acquire':
        return acquireStock(db, request, change.as, this.config.WAYBILL_HOLD_FOR);
      case 'move':
        return moveStock(db, request, change.from, change.to);
      case 'amend':
        return amendStock(db, request);
      case 'renew':
        return renewHold(db, request, this.config.WAYBILL_HOLD_FOR);
      case 'bury':
        return leaveTombstone(db, request);
      default:
        return unreachable(change);
    }
  }

  private announce(reservation: Reservation): Reservation {
    changes.inc({ to: reservation.state });
    this.relay.wake();
    this.levels.wake();
    return reservation;
  }
}

function answered({ reservation }: Found): Reservation {
  if (reservation === null) throw new WaybillError('INTERNAL', 'An operation answered before anything was found');
  return reservation;
}

/** Checked once a connection is at hand: waiting for one may have taken the time that was left. */
function failAfterDeadline(): void {
  if (remainingMs(1) === 0)
    throw new WaybillError('DEADLINE_EXCEEDED', 'The deadline passed before any stock was changed');
}
