import type { Snapshot } from './snapshot.js';

export const PARTICIPANTS = [
  'inventory',
  'payments',
  'payment-simulator',
  'shipping',
  'carrier-simulator',
  'catalog',
  'notifications',
  'billing',
  'operations',
  'order-view',
] as const;
export const WITH_OUTBOX = [
  'orders',
  'inventory',
  'payments',
  'shipping',
  'notifications',
  'billing',
  'catalog',
] as const;

export type Audited = (typeof PARTICIPANTS)[number] | 'orders';

/** A service's database, as it was at one moment. */
export type SnapshotOf = (service: Audited) => Snapshot;
