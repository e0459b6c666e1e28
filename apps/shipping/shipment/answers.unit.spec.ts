import { describe, expect, it } from '@jest/globals';
import { answerToCancel } from '../cancel-shipment/answer-to-cancel.js';
import type { ShipmentState } from './shipment.js';
import { answerToSchedule } from '../schedule-shipment/answer-to-schedule.js';

describe('the answers of a shipment', () => {
  it.each<[ShipmentState, string, string]>([
    ['STARTED', 'UNAVAILABLE', 'UNAVAILABLE'],
    ['SCHEDULED', 'ok', 'UNAVAILABLE'],
    ['CANCELLING', 'UNAVAILABLE', 'UNAVAILABLE'],
    ['CANCELLED', 'SHIPMENT_CANCELLED', 'ok'],
    ['REFUSED', 'NOT_SERVED', 'ok'],
    ['DISPATCHED', 'ok', 'TOO_LATE'],
    ['DELIVERED', 'ok', 'TOO_LATE'],
    ['LOST', 'ok', 'TOO_LATE'],
  ])('given %s, then a schedule is answered with %s and a cancel with %s', (state, schedule, cancel) => {
    expect(answerOf(() => answerToSchedule({ state }))).toBe(schedule);
    expect(answerOf(() => answerToCancel({ state }))).toBe(cancel);
  });
});

function answerOf(answer: () => unknown): string {
  try {
    answer();
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
}
