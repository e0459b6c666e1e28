import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { WaybillError } from '#libs/kernel/errors.js';
import { logger } from '#libs/telemetry/logger.js';
import { Decide, refuseWhileClaimed, type Decision } from '../dead-letter/decide.js';
import type { ShownRow } from '../dead-letter/dead-letter-message.js';

/** Gives a dead letter up for good: somebody has looked at it, and says why nothing is lost by that. */
@Injectable()
export class DiscardDeadLetter {
  constructor(private readonly decide: Decide) {}

  /** @throws WaybillError ALREADY_FINAL for one that was replayed; REQUEST_IN_FLIGHT. */
  async execute(decision: Decision): Promise<ShownRow> {
    const { row, now } = await this.decide.execute(decision, (letter) => {
      if (letter.state === 'discarded') return undefined;
      if (letter.state === 'replayed')
        throw new WaybillError('ALREADY_FINAL', 'It was replayed: if it dies again, it is open again.');
      refuseWhileClaimed(letter);
      return { state: 'discarded', claimed_until: null, resolved_at: sql`now()` };
    });
    const { id, queue, message_id: messageId, order_id: orderId } = row;
    const { operator, reason } = decision;
    if (now) logger().info({ deadLetterId: id, queue, messageId, orderId, operator, reason }, 'dead letter discarded');
    return row;
  }
}
