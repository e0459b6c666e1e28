import {
  ProjectionState,
  type GetSalesResponse,
  type GetTimelineResponse,
  type ListOrdersResponse,
  type ListProjectionsResponse,
  type RebuildProjectionResponse,
} from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';

const at = new Date('2026-11-20T10:00:00.000Z');

/** What order-view answers. */
export interface ViewAnswers {
  /** ListOrders and GetTimeline; unless scripted it is behind, and orders answers. */
  viewedOrders: ListOrdersResponse;
  viewedTimeline: GetTimelineResponse;
  listProjections: ListProjectionsResponse;
  rebuildProjection: RebuildProjectionResponse;
  getSales: GetSalesResponse;
}

export const VIEW_ANSWERS: ViewAnswers = {
  viewedOrders: { items: [], nextCursor: '', behind: true },
  viewedTimeline: { items: [], version: 0, behind: true },
  listProjections: {
    items: [
      {
        name: 'orders',
        state: ProjectionState.REBUILDING,
        generation: 1,
        behind: 3,
        lagP50Ms: 40,
        lagP99Ms: 90,
        lastEventAt: at,
        rebuild: {
          generation: 2,
          cause: 'requested',
          phase: 'reading',
          ordersRead: 500,
          eventsRead: 4_000,
          ordersTotal: 1_000,
          startedAt: at,
        },
        stopped: [{ partition: 3, reason: 'OrderTeleported is not known here' }],
        standing: [3],
      },
    ],
  },
  rebuildProjection: { generation: 2 },
  getSales: {
    items: [{ hour: at, sku: 'TEA', ordered: 3, sold: 2, undone: 1, revenue: { amount: 900, currency: 'EUR' } }],
    nextCursor: '',
  },
};
