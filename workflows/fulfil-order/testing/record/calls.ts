import type { ErrorCode } from '#libs/contracts/errors.js';
import type { Participants } from '../../../../apps/fulfilment/participants.js';

/** What a worker's process asks of the participants, which live in the process of the recording and so survive it. */
export interface Call {
  readonly id: number;
  readonly participant: keyof Participants;
  readonly method: string;
  readonly request: { readonly orderId: string };
}

export type Answer =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly code: ErrorCode; readonly message: string };
