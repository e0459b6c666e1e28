import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { registerReadiness } from '#libs/telemetry/readiness.js';
import { TokenVerifier } from '#libs/security/tokens.js';
import { encryptedBy } from '#libs/temporal/data-converter.js';
import { loadKeyring, type Keyring } from '#libs/temporal/keyring.js';
import { Orchestrator } from '#libs/temporal/orchestrator.js';
import { connectionOptions } from '#libs/temporal/temporal.config.js';
import { orderIdOf, SEARCH_ATTRIBUTES, TASK_QUEUE } from '#workflows/fulfil-order/contract.js';
import { DEFAULT_POLICY } from '#workflows/fulfil-order/policy.js';
import { Activities } from './activities.js';
import { AmendReservation } from './amend-reservation/amend-reservation.js';
import { AttemptStep } from './attempt-step/attempt-step.js';
import { CancelShipment } from './cancel-shipment/cancel-shipment.js';
import { CommandsController } from './deliver-commands/commands.controller.js';
import { DeliverCommand } from './deliver-commands/deliver-command.js';
import type { FulfilmentConfig } from './fulfilment.config.js';
import { PeersModule } from './peers.module.js';
import { ProcessPayment } from './process-payment/process-payment.js';
import { ReadPayloadsModule } from './read-payloads/read-payloads.module.js';
import { RecordProgress } from './record-progress/record-progress.js';
import { ReserveInventory } from './reserve-inventory/reserve-inventory.js';
import { ScheduleShipping } from './schedule-shipping/schedule-shipping.js';
import { ShipOrder } from './ship-order/ship-order.js';
import { OrderFactsController } from './signal-facts/order-facts.controller.js';
import { SignalFact } from './signal-facts/signal-fact.js';
import { PlacedOrdersController } from './start-fulfilment/placed-orders.controller.js';
import { OPEN_LIMIT, OpenOrders } from './start-fulfilment/open-orders.js';
import { POLICY, StartFulfilment } from './start-fulfilment/start-fulfilment.js';

/** Long enough for orders to move on, short enough for a stop to wait for it. */
const PATIENCE_MS = 3_000;

/** Runs the workflows: takes placed orders and facts from the queues, and does what the workflows ask for. */
@Module({})
export class FulfilmentModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly orchestrator: Orchestrator) {}

  static with(config: FulfilmentConfig): DynamicModule {
    const keys = loadKeyring({ keys: config.WAYBILL_TEMPORAL_KEYS, file: config.WAYBILL_TEMPORAL_KEYS_FILE });
    const policy = { ...DEFAULT_POLICY, attentionAfterMs: config.WAYBILL_ATTENTION_AFTER };
    return {
      module: FulfilmentModule,
      imports: [PeersModule.with(config), ...readPayloads(config, keys)],
      controllers: [PlacedOrdersController, CommandsController, OrderFactsController],
      providers: [
        { provide: POLICY, useValue: policy },
        { provide: OPEN_LIMIT, useValue: { maxOpen: config.WAYBILL_MAX_OPEN, patienceMs: PATIENCE_MS } },
        {
          provide: Orchestrator,
          inject: [Activities],
          useFactory: (activities: Activities) => orchestrator(config, keys, activities),
        },
        Activities,
        AttemptStep,
        ReserveInventory,
        AmendReservation,
        ProcessPayment,
        ScheduleShipping,
        CancelShipment,
        ShipOrder,
        RecordProgress,
        OpenOrders,
        StartFulfilment,
        DeliverCommand,
        SignalFact,
      ],
    };
  }

  /** Ready means: at work. Orders are accepted all the same while it is not. */
  onApplicationBootstrap(): void {
    this.orchestrator.start();
    registerReadiness('temporal', () => this.orchestrator.check());
  }

  /** Before the queues are closed: a message whose workflow cannot be started any more is given back. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.orchestrator.stop();
  }
}

function orchestrator(config: FulfilmentConfig, keys: Keyring, activities: Activities): Orchestrator {
  return new Orchestrator({
    connect: connectionOptions(config),
    dataConverter: encryptedBy(keys),
    namespace: config.WAYBILL_TEMPORAL_NAMESPACE,
    taskQueue: TASK_QUEUE,
    searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, type])),
    activities: activities.table(),
    logFieldsOf: (workflowId) => ({ orderId: orderIdOf(workflowId) }),
    concurrent: config.WAYBILL_MAX_OPEN,
  });
}

/** For one page only: without it the payloads stay unread. */
function readPayloads(config: FulfilmentConfig, keys: Keyring): DynamicModule[] {
  const uiOrigin = config.WAYBILL_TEMPORAL_UI_ORIGIN;
  if (uiOrigin === undefined) return [];
  const tokens = new TokenVerifier({ jwksUrl: config.WAYBILL_JWKS_URL, issuer: config.WAYBILL_TOKEN_ISSUER });
  return [ReadPayloadsModule.with({ keys, tokens, uiOrigin, sessionMs: config.WAYBILL_PAYLOADS_SESSION })];
}
