import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { ListActionsResponse } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { DATABASE } from '#libs/persistence/database.js';
import type { OperationsSchema } from '../schema.js';
import type { ActionsWish } from './request.js';

/** What operators did, newest first: ids sort by the time of their making. */
@Injectable()
export class ListActions {
  constructor(@Inject(DATABASE) private readonly db: Kysely<OperationsSchema>) {}

  async execute({ operator, action, cursor, limit }: ActionsWish): Promise<ListActionsResponse> {
    let query = this.db
      .selectFrom('operator_actions as begun')
      .leftJoin('operator_action_ends as ended', 'ended.action_id', 'begun.id')
      .select(['begun.id', 'begun.at', 'operator', 'action', 'target', 'reason', 'trace_id', 'outcome'])
      .select('ended.at as endedAt');
    if (operator !== '') query = query.where('operator', '=', operator);
    if (action !== '') query = query.where('action', '=', action);
    if (cursor !== '') query = query.where('begun.id', '<', cursor);
    const rows = await query
      .orderBy('begun.id', 'desc')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    return {
      items: page.map(({ trace_id: traceId, reason, outcome, endedAt, ...row }) => ({
        ...row,
        traceId,
        reason: reason ?? '',
        outcome: outcome ?? '',
        endedAt: endedAt ?? undefined,
      })),
      nextCursor: rows.length > limit ? (page.at(-1)?.id ?? '') : '',
    };
  }
}
