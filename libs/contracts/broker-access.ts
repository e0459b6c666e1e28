import { definitionOf, EVENT_TYPES } from './events.js';
import type { Identity } from './callers.js';
import {
  destinationOf,
  EVENTS_EXCHANGE,
  exchangeOf,
  QUEUE_NAMES,
  STREAM_DECLARATIONS,
  STREAMS,
  type Lane,
  type QueueName,
} from './topology.js';

/** What a service does at the broker. */
export interface BrokerUse {
  readonly consumes?: readonly QueueName[];
  readonly publishes?: readonly Lane[];
  /** Hears events in queues of its processes' own. */
  readonly hears?: true;
  readonly readsStreams?: true;
  /** Declares everything, drains the dead letters and puts them back: it may use all that is ours. */
  readonly keepsTopology?: true;
}

/** Every service that talks to the broker. Each has a user of its own there, which may do this and no more. */
export const BROKER_USE = {
  catalog: { consumes: ['catalog-availability', 'catalog-orders'], publishes: ['events'] },
  inventory: { publishes: ['events'] },
  payments: { publishes: ['events'] },
  shipping: { publishes: ['events', 'order-facts'] },
  orders: { publishes: ['events', 'order-processing'], hears: true },
  notifications: { consumes: ['notifications-events', 'email-notifications'], publishes: ['email-notifications'] },
  billing: { consumes: ['billing-events'], publishes: ['events'] },
  operations: { keepsTopology: true },
  'order-view': { readsStreams: true },
  fulfilment: { consumes: ['order-processing', 'order-facts'] },
  gateway: { hears: true },
} as const satisfies Partial<Record<Identity, BrokerUse>>;
export type BrokerService = keyof typeof BROKER_USE;
export const BROKER_SERVICES = Object.keys(BROKER_USE) as BrokerService[];

const SYSTEM = 'waybill';

/** @param system what tells the users of several systems on one broker apart; it begins with `waybill` */
export function brokerUserOf(service: BrokerService, system = SYSTEM): string {
  return `${system}-${service}`;
}

/**
 * Whether a user may make what all use. A service's own may not, but for the one that keeps the topology; whoever else it is,
 * an administrator it may be.
 */
export function mayDeclare(user: string): boolean {
  const service = BROKER_SERVICES.find((name) => user.startsWith(SYSTEM) && user.endsWith(brokerUserOf(name, '')));
  const use: BrokerUse = service === undefined ? { keepsTopology: true } : BROKER_USE[service];
  return use.keepsTopology === true;
}

/** In the broker's words: regular expressions over the names of queues and exchanges. */
export interface BrokerAccess {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
  /** Over the routing keys of {@link EVENTS_EXCHANGE}: what the user may tell, and hear. */
  readonly topics: { readonly write: string; readonly read: string };
}

export function brokerAccessOf(service: BrokerService): BrokerAccess {
  const use: BrokerUse = BROKER_USE[service];
  if (use.keepsTopology) return { configure: OURS, write: `${OURS}|^amq\\.default$`, read: OURS, topics: EVERYTHING };
  const { consumes = [], publishes = [] } = use;
  const news = use.hears ? [`news\\.${literal(service)}\\..+`] : [];
  const streams = use.readsStreams ? STREAM_DECLARATIONS.map(({ name }) => literal(name)) : [];
  const destinations = [...publishes.map((lane) => destinationOf(lane).exchange), ...consumes.map(exchangeOf)];
  return {
    configure: anyOf(news),
    // To hear events is to bind a queue: that writes to the queue, and reads from the exchange.
    write: anyOf([...destinations.map(literal), ...news]),
    read: anyOf([...consumes.map(literal), ...streams, ...news, ...(use.hears ? [literal(EVENTS_EXCHANGE)] : [])]),
    topics: { write: publishes.includes('events') ? toldBy(service) : anyOf([]), read: use.hears ? '.*' : anyOf([]) },
  };
}

const EVERYTHING = { write: '.*', read: '.*' };
/** All that the topology declares. */
const OURS = `^(waybill\\..+|(${QUEUE_NAMES.map(literal).join('|')})(-dlq|\\.retry\\..+)?)$`;

/** The types that a service produces; orders' reach the streams by the streams' names, too. */
function toldBy(service: BrokerService): string {
  const types = EVENT_TYPES.filter((type) => definitionOf(type).producer === service);
  return anyOf([
    ...types,
    ...(service === STREAMS.producer ? STREAM_DECLARATIONS.map(({ name }) => literal(name)) : []),
  ]);
}

/** Of nothing: what matches no name. */
function anyOf(patterns: readonly string[]): string {
  return patterns.length === 0 ? '^$' : `^(${[...new Set(patterns)].join('|')})$`;
}

function literal(name: string): string {
  return name.replace(/[.]/g, '\\.');
}
