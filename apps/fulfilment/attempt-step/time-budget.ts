import { activityInfo } from '@temporalio/activity';

/** Left for the answer's way back: what is inside an attempt ends this much before it. */
const MARGIN_MS = 500;
/** Kept for recording the attempt after the participant has answered. */
const RECORD_MS = 1_000;

/** How the time of the activity that is running is shared out, so that Temporal's own timeout is never what ends it. */
export class TimeBudget {
  private readonly startedAt = Date.now();
  private readonly endsAfterMs: number;
  private readonly recordMs: number;

  constructor(totalMs = activityInfo().startToCloseTimeoutMs) {
    this.endsAfterMs = totalMs - Math.min(MARGIN_MS, totalMs / 6);
    this.recordMs = Math.min(RECORD_MS, totalMs / 3);
  }

  /** For the participant's answer. */
  forParticipant(): { deadlineMs: number } {
    return { deadlineMs: this.endsAfterMs - this.recordMs };
  }

  /** All that is left. */
  forRecord(): { deadlineMs: number } {
    return { deadlineMs: Math.max(1, this.endsAfterMs - (Date.now() - this.startedAt)) };
  }
}
