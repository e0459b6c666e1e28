import { Module, type DynamicModule } from '@nestjs/common';
import { OperationsServiceService } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { IdempotencyModule } from '#libs/idempotency/idempotency.module.js';
import { DatabaseModule } from '#libs/persistence/database.module.js';
import { ForgetOldRowsModule } from '#libs/persistence/forget-old-rows.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { TokenVerifier } from '#libs/security/tokens.js';
import { Broker } from './broker.js';
import { CheckInvariants } from './check-invariants/check-invariants.js';
import { Decide } from './dead-letter/decide.js';
import { DiscardDeadLetter } from './discard-dead-letter/discard-dead-letter.js';
import { CountDeadLetters } from './list-dead-letters/count-dead-letters.js';
import { GetDeadLetter } from './list-dead-letters/get-dead-letter.js';
import { ListDeadLetters } from './list-dead-letters/list-dead-letters.js';
import { ListQueues } from './list-queues/list-queues.js';
import { LookAtQueues } from './list-queues/look-at-queues.js';
import { migrations } from './migrations/index.js';
import { CONFIG, type OperationsConfig } from './operations.config.js';
import { OperationsGrpc } from './operations.grpc.js';
import { ListActions } from './record-actions/list-actions.js';
import { RecordActions } from './record-actions/record-actions.js';
import { ReplayDeadLetter } from './replay-dead-letter/replay-dead-letter.js';
import { TakeOverDeadLetters } from './take-over-dead-letters/take-over-dead-letters.js';

/** What this service serves, by full name. */
export const SERVICES = { 'waybill.operations.v1.OperationsService': OperationsServiceService };

const DAY_MS = 86_400_000;

@Module({})
export class OperationsModule {
  static with(config: OperationsConfig): DynamicModule {
    const tokens = new TokenVerifier({ jwksUrl: config.WAYBILL_JWKS_URL, issuer: config.WAYBILL_TOKEN_ISSUER });
    const days = config.WAYBILL_DEAD_LETTERS_KEPT / DAY_MS;
    return {
      module: OperationsModule,
      imports: [
        DatabaseModule.forService({
          url: config.WAYBILL_DATABASE_URL,
          pool: config.WAYBILL_DATABASE_POOL,
          statementTimeoutMs: config.WAYBILL_STATEMENT_TIMEOUT_MS,
          name: 'operations',
          migrations,
        }),
        IdempotencyModule.forService(config),
        ForgetOldRowsModule.forTable({ table: 'dead_letters', column: 'resolved_at', days }),
      ],
      controllers: [OperationsGrpc],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: TokenVerifier, useValue: tokens },
        IdentifyCaller,
        Broker,
        TakeOverDeadLetters,
        ListDeadLetters,
        GetDeadLetter,
        CountDeadLetters,
        Decide,
        ReplayDeadLetter,
        DiscardDeadLetter,
        CheckInvariants,
        LookAtQueues,
        ListQueues,
        RecordActions,
        ListActions,
      ],
    };
  }
}
