import { Module, type DynamicModule } from '@nestjs/common';
import { ForgetOldRowsModule } from '#libs/persistence/forget-old-rows.js';
import type { IdempotencyConfig } from '#libs/kernel/config.js';
import { ANSWER_OPTIONS, AnswerOnce, type AnswerOptions } from './answer-once.js';

const DAY_MS = 86_400_000;

/** Stored answers of a service, for as long as they are kept. Import it after DatabaseModule; its migrations call `answerTables`. */
@Module({})
export class IdempotencyModule {
  static forService(config: IdempotencyConfig): DynamicModule {
    const options: AnswerOptions = { leaseMs: config.WAYBILL_CLAIM_LEASE };
    const days = (config.WAYBILL_ANSWERS_KEPT + config.WAYBILL_CLAIM_LEASE) / DAY_MS;
    return {
      module: IdempotencyModule,
      imports: [ForgetOldRowsModule.forTable({ table: 'idempotent_answers', column: 'claimed_at', days })],
      providers: [{ provide: ANSWER_OPTIONS, useValue: options }, AnswerOnce],
      exports: [AnswerOnce],
    };
  }
}
