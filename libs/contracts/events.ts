import type { z } from 'zod';
import type { EventDefinition } from './events/define-event.js';
import { DOCUMENT_EVENTS } from './events/documents.js';
import { MAIL_EVENTS } from './events/mails.js';
import { ORDER_EVENTS } from './events/orders.js';
import { PARTICIPANT_EVENTS } from './events/participants.js';

export type { MailData } from './events/mails.js';
export type {
  AddressData,
  EndingReason,
  LineData,
  PricedLineData,
  RejectionReason,
  ShipmentData,
  StockLineData,
} from './events/values.js';

/** Every event, by its type: who produces it, the shape of each of its versions, the way up from the older ones. */
export const EVENTS = { ...ORDER_EVENTS, ...PARTICIPANT_EVENTS, ...MAIL_EVENTS, ...DOCUMENT_EVENTS } as const;

export type EventType = keyof typeof EVENTS;
export const EVENT_TYPES = Object.keys(EVENTS) as EventType[];

/** What each event carries, in its newest version. Times are ISO 8601. */
export type EventData = { readonly [Type in EventType]: z.infer<(typeof EVENTS)[Type]['newest']> };

export type ProducerOf<Type extends EventType> = (typeof EVENTS)[Type]['producer'];
export type Producer = ProducerOf<EventType>;

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENTS, type);
}

export function definitionOf(type: EventType): EventDefinition {
  return EVENTS[type];
}

/** The version in which an event is produced. */
export function versionOf(type: EventType): number {
  return definitionOf(type).versions.length;
}
