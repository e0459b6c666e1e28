import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { proxySinks, workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';
import { orderIdOf } from './fulfil-order/contract.js';
import { TRACE_HEADER, type TracingSinks } from './trace-contract.js';

const CARRIER = /^(00-[0-9a-f]{32}-)[0-9a-f]{16}(-[0-9a-f]{2})$/;

/**
 * Bundled with the workflows: an activity goes on in the trace that its workflow was started in; a signal or an update is
 * handled in the trace that it came in, which may be days younger, with a link to the workflow's.
 * Nothing of OpenTelemetry is in the sandbox: what was measured is told to the worker, which exports it if anybody does.
 */
export function interceptors(): WorkflowInterceptors {
  const { tracing } = proxySinks<TracingSinks>();
  let spans = 0;
  let own: string | undefined;

  async function handle<Result>(name: string, headers: Headers, work: () => Promise<Result>): Promise<Result> {
    const parent = readHeader(headers);
    if (parent === undefined) return work();
    const traceparent = spanOf(parent, (spans += 1));
    const startedAtMs = Date.now();
    try {
      return await work();
    } finally {
      const links = own === undefined ? {} : { links: [own] };
      tracing.ended({ name, traceparent, parent, startedAtMs, endedAtMs: Date.now(), ...links });
    }
  }

  return {
    inbound: [
      {
        async execute(input, next) {
          const parent = readHeader(input.headers);
          if (parent === undefined) return next(input);
          const { workflowType, startTime } = workflowInfo();
          own = spanOf(parent, 0);
          const span = {
            name: `RunWorkflow:${workflowType}`,
            traceparent: own,
            parent,
            startedAtMs: startTime.getTime(),
          };
          try {
            return await next(input);
          } finally {
            tracing.ended({ ...span, endedAtMs: Date.now() });
          }
        },
        handleSignal: (input, next) => handle(`HandleSignal:${input.signalName}`, input.headers, () => next(input)),
        handleUpdate: (input, next) => handle(`HandleUpdate:${input.name}`, input.headers, () => next(input)),
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next({ ...input, headers: withHeader(input.headers, own) }),
        scheduleLocalActivity: (input, next) => next({ ...input, headers: withHeader(input.headers, own) }),
        getLogAttributes: (input, next) =>
          next({ ...input, orderId: orderIdOf(workflowInfo().workflowId), ...(own && { traceId: own.split('-')[1] }) }),
      },
    ],
  };
}

/** Span ids come of the run's random id and a count: a replay makes the same, and uses up none of the workflow's random numbers. */
function spanOf(parent: string, count: number): string {
  const random = workflowInfo().runId.replaceAll('-', '').slice(-12);
  return parent.replace(CARRIER, `$1${count.toString(16).padStart(4, '0')}${random}$2`);
}

function readHeader(headers: Headers): string | undefined {
  const payload = headers[TRACE_HEADER];
  if (payload === undefined) return undefined;
  const { traceparent } = defaultPayloadConverter.fromPayload<{ traceparent?: unknown }>(payload);
  return typeof traceparent === 'string' && CARRIER.test(traceparent) ? traceparent : undefined;
}

function withHeader(headers: Headers, traceparent: string | undefined): Headers {
  if (traceparent === undefined) return headers;
  return { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload({ traceparent }) };
}
