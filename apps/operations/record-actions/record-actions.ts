import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { WaybillError } from '#libs/kernel/errors.js';
import { DATABASE } from '#libs/persistence/database.js';
import { logger } from '#libs/telemetry/logger.js';
import type { OperationsSchema } from '../schema.js';
import type { Action, Outcome } from './request.js';

/**
 * The audit of what operators do. That somebody begins is committed before it begins, so nothing is done that is not told here;
 * an action without an end is one whose end was not heard of.
 */
@Injectable()
export class RecordActions {
  constructor(@Inject(DATABASE) private readonly db: Kysely<OperationsSchema>) {}

  /** Once per id. @throws WaybillError FORBIDDEN for the id of another operator's action */
  async begin(operator: string, { id, action, target, reason, traceId }: Action): Promise<void> {
    const row = { id, operator, action, target, reason: reason || null, trace_id: traceId };
    const { numInsertedOrUpdatedRows } = await this.db
      .insertInto('operator_actions')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 0n) await this.requireOwn(operator, id);
    else logger().info({ actionId: id, operator, action, target }, 'an operator begins');
  }

  /** The first end that is told is the one. @throws WaybillError FORBIDDEN for what this operator has not begun */
  async end(operator: string, { id, outcome }: Outcome): Promise<void> {
    await this.requireOwn(operator, id);
    await this.db
      .insertInto('operator_action_ends')
      .values({ action_id: id, outcome })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  private async requireOwn(operator: string, id: string): Promise<void> {
    const begun = this.db.selectFrom('operator_actions').select('operator').where('id', '=', id);
    if ((await begun.executeTakeFirst())?.operator !== operator)
      throw new WaybillError('FORBIDDEN', 'This operator has begun no such action.');
  }
}
