import { describe, expect, it } from '@jest/globals';
import { NO_BACKLOG, overload, type Backlog } from './backlog.js';

const LIMITS = { maxUnsent: 20_000, maxUnsentAgeMs: 900_000, backlogMs: 30_000, backlogMin: 200 };
const refuses = (backlog: Partial<Backlog>): boolean => overload({ ...NO_BACKLOG, ...backlog }, LIMITS) !== undefined;

describe('new orders are refused', () => {
  it('above 20 000 that wait for the broker', () => {
    expect(refuses({ unsent: 20_000 })).toBe(false);
    expect(refuses({ unsent: 20_001 })).toBe(true);
  });

  it('when one has waited for longer than 15 minutes', () => {
    expect(refuses({ unsent: 1, oldestUnsentMs: 900_000 })).toBe(false);
    expect(refuses({ unsent: 1, oldestUnsentMs: 900_001 })).toBe(true);
  });

  it('when more are open than are confirmed in 30 s', () => {
    expect(refuses({ open: 1_000, confirmedLastMinute: 2_000 })).toBe(false);
    expect(refuses({ open: 1_001, confirmedLastMinute: 2_000 })).toBe(true);
  });

  it('never below 200 open ones', () => {
    expect(refuses({ open: 200, confirmedLastMinute: 1 })).toBe(false);
    expect(refuses({ open: 201, confirmedLastMinute: 1 })).toBe(true);
  });

  it('not for being open while none is confirmed at all: they wait in the outbox', () => {
    expect(refuses({ open: 19_000, unsent: 19_000 })).toBe(false);
  });
});
