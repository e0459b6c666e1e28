/** What a request is answered with. */
export interface Reply {
  readonly status: number;
  readonly body: object;
  /** Keep the answer back until the caller has given up. */
  readonly held?: boolean;
  /** The first answer under the same idempotency key, once more. */
  readonly replayed?: boolean;
}

export interface StripeErrorBody {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  readonly code?: string;
  readonly decline_code?: string;
  readonly message: string;
  readonly param?: string;
  readonly charge?: string;
  readonly payment_intent?: object;
}

export function answer(body: object): Reply {
  return { status: 200, body };
}

/** An error as Stripe writes it. A reply like any other: it is stored under the idempotency key. */
export function problem(status: number, error: StripeErrorBody): Reply {
  return { status, body: { error } };
}

/** The request never reached its execution; nothing is stored under its idempotency key. */
export class StripeProblem extends Error {
  override readonly name = 'StripeProblem';
  readonly reply: Reply;

  constructor(status: number, error: StripeErrorBody) {
    super(error.message);
    this.reply = problem(status, error);
  }
}

export function noSuch(what: string, id: string, param: string, status = 404): StripeProblem {
  return new StripeProblem(status, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${what}: '${id}'`,
    param,
  });
}

/** A failure on the provider's side, after execution began. */
export function providerFailure(): Reply {
  return problem(500, { type: 'api_error', message: 'An unknown error occurred' });
}
