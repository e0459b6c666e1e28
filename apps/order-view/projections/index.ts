import { ordersProjection } from './orders-projection.js';
import { PROJECTION_NAMES, type Projection, type ProjectionName } from './projection.js';
import { salesProjection } from './sales-projection.js';
import { timelineProjection } from './timeline-projection.js';

export const PROJECTIONS: Readonly<Record<ProjectionName, Projection>> = {
  orders: ordersProjection,
  timeline: timelineProjection,
  sales: salesProjection,
};

export function isProjectionName(name: string): name is ProjectionName {
  return (PROJECTION_NAMES as readonly string[]).includes(name);
}

/** Under which name a generation has its checkpoints. */
export function consumerOf(projection: ProjectionName, generation: number): string {
  return `${projection}@${generation}`;
}
