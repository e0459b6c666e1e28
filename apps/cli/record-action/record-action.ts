import { randomBytes } from 'node:crypto';
import { OperationsServiceService } from '#libs/contracts/generated/waybill/operations/v1/operations.js';
import { grpcClient, type CallOptions } from '#libs/grpc/client.js';
import { isWaybillError, messageOf } from '#libs/kernel/errors.js';
import { newId } from '#libs/kernel/ids.js';
import { UserError, type Run } from '../run-file/run-file.js';
import { yellow } from '../terminal/style.js';

const DEADLINE_MS = 5_000;

export interface Action {
  /** The method that is called. */
  readonly action: string;
  /** On what, and what it is to become. */
  readonly target: string;
  /** Empty where none is given. */
  readonly reason: string;
}

/**
 * Does past the API what the audit must tell all the same: begun is recorded before anything of it happens, and without that it is not
 * done; then how it ended. `work` makes its call as it is told: in the trace that the audit names.
 * @throws UserError when the audit is out of reach or the token is no longer good, WaybillError when it refuses, else what `work` throws
 */
export async function recorded<Result>(
  { services, tokens }: Run,
  action: Action,
  work: (call: CallOptions) => Promise<Result>,
): Promise<Result> {
  const address = services['operations']?.grpc;
  if (address === undefined) throw new UserError('operations does not run here: without its audit this is not done');
  const operations = grpcClient(OperationsServiceService, address);
  const [id, traceId] = [newId<string>(), randomBytes(16).toString('hex')];
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  // Those of the run file are the development issuer's, and good for a day.
  const operatorToken = process.env['WAYBILL_OPERATOR_TOKEN'];
  const call = {
    deadlineMs: DEADLINE_MS,
    metadata: { authorization: `Bearer ${operatorToken ?? tokens.operator}`, traceparent },
  };
  const end = (outcome: string) => operations.recordOutcome({ id, outcome }, call).catch(tellThatItIsMissing);
  try {
    await operations.recordAction({ id, traceId, ...action }, call).catch(tellWhereTokensAre);
    const result = await work({ deadlineMs: DEADLINE_MS, metadata: { traceparent } }).catch(async (error: unknown) => {
      await end(isWaybillError(error) ? error.code : 'INTERNAL');
      throw error;
    });
    await end('done');
    return result;
  } finally {
    operations.close();
  }
}

function tellWhereTokensAre(error: unknown): never {
  if (!isWaybillError(error, 'UNAUTHENTICATED')) throw error;
  throw new UserError(
    `The operator's token is not accepted (${error.message}); nothing was done. \`npm start\`, or in containers \`docker compose up -d\`, issues one for another day; or set WAYBILL_OPERATOR_TOKEN to one of your own issuer's, with the scope ops.`,
  );
}

/** It is done, or refused, all the same. */
function tellThatItIsMissing(error: unknown): void {
  process.stderr.write(`${yellow('!')} How this ended is missing in the audit: ${messageOf(error)}\n`);
}
