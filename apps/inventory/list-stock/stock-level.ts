import type { Selectable } from 'kysely';
import type { StockTable } from '../schema.js';

/** A stock row as others see it. available + held + reserved + shipped + writtenOff = received, always. */
export interface StockLevel {
  readonly sku: string;
  readonly warehouse: string;
  readonly available: number;
  readonly held: number;
  readonly reserved: number;
  readonly shipped: number;
  readonly writtenOff: number;
  readonly received: number;
  readonly version: number;
}

export function stockLevel({ written_off: writtenOff, ...row }: Selectable<StockTable>): StockLevel {
  const { sku, warehouse, available, held, reserved, shipped, received, version } = row;
  return { sku, warehouse, available, held, reserved, shipped, writtenOff, received, version };
}
