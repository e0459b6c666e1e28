import {
  ProjectionState,
  type Projection,
  type Rebuild,
  type SalesHour,
} from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import type { ProjectionList, SalesPage } from '#libs/contracts/http/projections.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { presentMoney } from '../read-orders/present-order.js';

type PublicProjection = ProjectionList['items'][number];

const STATES: Readonly<Partial<Record<ProjectionState, PublicProjection['state']>>> = {
  [ProjectionState.FIRST_BUILD]: 'first-build',
  [ProjectionState.LIVE]: 'live',
  [ProjectionState.REBUILDING]: 'rebuilding',
  [ProjectionState.STOPPED]: 'stopped',
};

/** @throws WaybillError INTERNAL when the service names a state that this release does not know */
export function presentProjection(answered: Projection): PublicProjection {
  const { name, generation, behind, lagP50Ms, lagP99Ms, lastEventAt, rebuild, stopped, standing } = answered;
  const state = STATES[answered.state];
  if (state === undefined) throw new WaybillError('INTERNAL', `A service answered ${answered.state}`);
  return {
    // The service has no others.
    name: name as PublicProjection['name'],
    state,
    generation,
    behind: behind ?? null,
    lagMs: { p50: lagP50Ms, p99: lagP99Ms },
    lastEventAt: lastEventAt?.toISOString() ?? null,
    rebuild: rebuild ? presentRebuild(rebuild) : null,
    stopped,
    standing,
  };
}

function presentRebuild({ startedAt, cause, phase, ...rest }: Rebuild): NonNullable<PublicProjection['rebuild']> {
  return {
    ...rest,
    cause: cause as NonNullable<PublicProjection['rebuild']>['cause'],
    phase: phase as NonNullable<PublicProjection['rebuild']>['phase'],
    startedAt: (startedAt ?? new Date()).toISOString(),
  };
}

export function presentSalesHour({ hour, revenue, ...figures }: SalesHour): SalesPage['items'][number] {
  if (hour === undefined) throw new WaybillError('INTERNAL', 'A service answered without hour');
  return { hour: hour.toISOString(), ...figures, revenue: presentMoney(revenue) };
}
