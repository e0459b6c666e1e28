import { SpanKind } from '@opentelemetry/api';
import type { Context } from '@temporalio/activity';
import type { ClientOptions, WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, InjectedSinks, WorkerInterceptors } from '@temporalio/worker';
import { withLogContext, type LogContext } from '#libs/telemetry/logger.js';
import { histogram } from '#libs/telemetry/metrics.js';
import { currentTraceparent } from '#libs/telemetry/tracing/current-trace.js';
import { recordFinished } from '#libs/telemetry/tracing/finished-span.js';
import { hop } from '#libs/telemetry/tracing/hop.js';
import { TRACE_HEADER, type TracingSinks, type WorkflowSpan } from '#workflows/trace-contract.js';

/** What is known of a workflow by its id, for the logs and spans of its activities. */
export type LogFieldsOf = (workflowId: string) => LogContext;

const activities = histogram('waybill_activity_seconds', 'Attempts of activities', ['activity', 'outcome']);

/** Calls to Temporal as hops: what they start or tell goes on in the trace of whoever asked for it. */
export function tracedClient(): NonNullable<ClientOptions['interceptors']> {
  const interceptor: WorkflowClientInterceptor = {
    startWithDetails: (input, next) =>
      asked(`StartWorkflow:${input.workflowType}`, () => next({ ...input, headers: withTrace(input.headers) })),
    signal: (input, next) =>
      asked(`SignalWorkflow:${input.signalName}`, () => next({ ...input, headers: withTrace(input.headers) })),
    startUpdate: (input, next) =>
      asked(`StartWorkflowUpdate:${input.updateName}`, () => next({ ...input, headers: withTrace(input.headers) })),
    startUpdateWithStart: (input, next) =>
      asked(`UpdateWithStartWorkflow:${input.updateName}`, () =>
        next({
          ...input,
          workflowStartHeaders: withTrace(input.workflowStartHeaders),
          updateHeaders: withTrace(input.updateHeaders),
        }),
      ),
  };
  return { workflow: [interceptor] };
}

/** Activities as hops of their workflow's trace; each knows its order, for whatever it logs. */
export function tracedActivities(fieldsOf: LogFieldsOf): Pick<WorkerInterceptors, 'activity'> {
  return { activity: [({ info }) => ({ inbound: inboundOf(info, fieldsOf) })] };
}

/** Where the workflows' own spans come out of their sandbox; what is only replayed was told before. */
export function tracingSinks(fieldsOf: LogFieldsOf): InjectedSinks<TracingSinks> {
  const fn = ({ workflowId }: { workflowId: string }, span: WorkflowSpan): void =>
    recordFinished({ ...span, attributes: orderOf(fieldsOf(workflowId)) });
  return { tracing: { ended: { fn, callDuringReplay: false } } };
}

function inboundOf(
  { activityType, attempt, workflowExecution }: Context['info'],
  fieldsOf: LogFieldsOf,
): ActivityInboundCallsInterceptor {
  const fields = fieldsOf(workflowExecution?.workflowId ?? '');
  const attributes = { 'waybill.attempt': attempt };
  return {
    execute: async (input, next) => {
      const of = { kind: SpanKind.INTERNAL, from: { traceparent: traceparentIn(input.headers) }, attributes };
      const stop = activities.startTimer({ activity: activityType });
      try {
        const done = await hop(`RunActivity:${activityType}`, of, () => withLogContext(fields, () => next(input)));
        stop({ outcome: 'done' });
        return done;
      } catch (error) {
        stop({ outcome: 'failed' });
        throw error;
      }
    },
  };
}

function asked<Result>(name: string, call: () => Promise<Result>): Promise<Result> {
  return hop(name, { kind: SpanKind.CLIENT }, call);
}

function orderOf({ orderId }: LogContext) {
  return orderId === undefined ? {} : { 'waybill.order.id': orderId };
}

function withTrace(headers: Headers): Headers {
  const traceparent = currentTraceparent();
  if (traceparent === undefined) return headers;
  return { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload({ traceparent }) };
}

function traceparentIn(headers: Headers): unknown {
  const payload = headers[TRACE_HEADER];
  return payload && defaultPayloadConverter.fromPayload<{ traceparent?: unknown }>(payload).traceparent;
}
