import type { FulfilmentPolicy } from '../../policy.js';
import type { World } from '../world.js';
import type { RecordedOrder } from './recorded-order.js';

/** Something that can happen to an order. One that is still open then is recorded as it stands. */
export interface Scenario {
  readonly name: string;
  readonly policy?: Partial<FulfilmentPolicy>;
  /** `own`: it kills its worker. `late`: there is none before it crashes. */
  readonly worker?: 'own' | 'late';
  /** Before the order is started. */
  readonly given?: (world: World, order: RecordedOrder) => void;
  readonly then: (order: RecordedOrder) => Promise<unknown>;
}

export const ends = (order: RecordedOrder) => order.end();
export const isDelivered = (order: RecordedOrder) => order.deliver();
