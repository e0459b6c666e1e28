import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import type { GetDeadLetterResponse } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { DATABASE } from '#libs/persistence/database.js';
import { noSuchDeadLetter } from '../dead-letter/decide.js';
import { deadLetterMessage, SHOWN } from '../dead-letter/dead-letter-message.js';
import type { OperationsSchema } from '../schema.js';
import { parseProperties } from '../take-over-dead-letters/read-message.js';

/** Enough to see what it is. The rest stays in the table, for the replay. */
const SHOWN_BYTES = 64 * 1024;

/** One dead letter, the beginning of what it says, and what operators did about it. */
@Injectable()
export class GetDeadLetter {
  constructor(@Inject(DATABASE) private readonly db: Kysely<OperationsSchema>) {}

  /** @throws WaybillError NOT_FOUND */
  async execute(id: string): Promise<GetDeadLetterResponse> {
    const row = await this.db
      .selectFrom('dead_letters')
      .select([...SHOWN, 'properties', sql<Buffer>`substring(body for ${SHOWN_BYTES})`.as('beginning')])
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined) throw noSuchDeadLetter();
    const actions = await this.db
      .selectFrom('dead_letter_actions')
      .select(['action', 'operator', 'reason', 'at'])
      .where('dead_letter_id', '=', id)
      .orderBy('seq')
      .execute();
    return {
      deadLetter: deadLetterMessage(row),
      headers: JSON.stringify(parseProperties(row.properties).headers),
      body: row.beginning,
      actions: actions.map((each) => ({ ...each, reason: each.reason ?? '' })),
    };
  }
}
