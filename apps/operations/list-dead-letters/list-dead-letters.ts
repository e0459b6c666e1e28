import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { ListDeadLettersResponse } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { DATABASE } from '#libs/persistence/database.js';
import { deadLetterMessage, SHOWN } from '../dead-letter/dead-letter-message.js';
import type { OperationsSchema } from '../schema.js';
import { cursorAfter, type ListWish } from './request.js';

/** The dead letters, newest first: ids sort by the time of their making. */
@Injectable()
export class ListDeadLetters {
  constructor(@Inject(DATABASE) private readonly db: Kysely<OperationsSchema>) {}

  async execute({ queue, reason, orderId, state, before, limit }: ListWish): Promise<ListDeadLettersResponse> {
    let query = this.db.selectFrom('dead_letters').select(SHOWN);
    if (queue !== '') query = query.where('queue', '=', queue);
    if (reason !== '') query = query.where('reason', '=', reason);
    if (orderId !== '') query = query.where('order_id', '=', orderId);
    if (state !== undefined) query = query.where('state', '=', state);
    // What the index of the unresolved ones says, in its words.
    if (state === 'open' || state === 'replaying') query = query.where('resolved_at', 'is', null);
    if (before !== undefined) query = query.where('id', '<', before);
    const rows = await query
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map(deadLetterMessage),
      nextCursor: rows.length > limit && last ? cursorAfter(last.id) : '',
    };
  }
}
