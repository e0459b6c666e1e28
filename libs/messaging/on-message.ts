import { Catch, UseFilters, type ExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import type { EventType } from '#libs/contracts/events.js';
import type { QueueName } from '#libs/contracts/topology.js';
import type { Envelope } from './envelope.js';

/** Keeps these handlers from being bound to gRPC, and gRPC's from being bound to queues. */
export const AMQP_TRANSPORT = Symbol('waybill.amqp');

/** What came with a message besides its envelope. */
export interface MessageContext {
  readonly queue: QueueName;
  /** 1 at first, then one more for each attempt that failed. */
  readonly attempt: number;
  /** The broker may have delivered it before. */
  readonly redelivered: boolean;
  /** Aborted when the service stops and will not wait any longer. */
  readonly signal: AbortSignal;
}

/** What Nest keeps of a declaration. */
export interface MessageExtras {
  readonly queue: QueueName;
  readonly type: EventType;
  /** Class and method. */
  readonly name: string;
}

type Handler<Type extends EventType> = (envelope: Envelope<Type>, context: MessageContext) => Promise<void>;
type HandlerDecorator<Type extends EventType> = <Method extends Handler<Type>>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Declares a controller's method as the handler of one type of message in one queue.
 * It returns when the message is done; what it throws decides what happens next (see docs/messaging.md).
 */
export function OnMessage<Type extends EventType>(queue: QueueName, type: Type): HandlerDecorator<Type> {
  return (target, method, descriptor) => {
    const extras: MessageExtras = { queue, type, name: `${target.constructor.name}.${String(method)}` };
    EventPattern<string>(patternOf(queue, type), AMQP_TRANSPORT, extras)(target, method, descriptor);
    UseFilters(RethrowFilter)(target, method, descriptor);
    Payload()(target, method, 0);
    Ctx()(target, method, 1);
  };
}

export function patternOf(queue: string, type: string): string {
  return `${queue}/${type}`;
}

/** Gives errors to the server as they were thrown: Nest's own filter would hide what they are. */
@Catch()
class RethrowFilter implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
