import { gauge } from '#libs/telemetry/metrics.js';
import type { Backlog } from './backlog.js';

const unsent = gauge('waybill_orders_unsent', 'Orders that the broker has not confirmed yet');
const oldestUnsent = gauge('waybill_orders_unsent_oldest_seconds', 'Age of the oldest of them');
const open = gauge('waybill_orders_open', 'Orders that are neither confirmed nor undone, nor wait for a person');
const confirmed = gauge('waybill_orders_confirmed_last_minute', 'Orders confirmed within the last minute');
const attention = gauge('waybill_orders_needing_attention', 'Orders that wait for a person');
const accepting = gauge('waybill_orders_accepting', '1 while new orders are accepted');

export function showBacklog(backlog: Backlog, accepts: boolean): void {
  unsent.set(backlog.unsent);
  oldestUnsent.set(backlog.oldestUnsentMs / 1_000);
  open.set(backlog.open);
  confirmed.set(backlog.confirmedLastMinute);
  attention.set(backlog.needingAttention);
  accepting.set(accepts ? 1 : 0);
}
