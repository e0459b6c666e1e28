import type { ServerResponse } from 'node:http';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { WaybillError } from '#libs/kernel/errors.js';
import { gauge } from '#libs/telemetry/metrics.js';
import { CONFIG, type GatewayConfig } from '../gateway.config.js';
import { EventClient } from './event-client.js';

const COMMENT_EVERY_MS = 15_000;
const connected = gauge('waybill_event_clients', 'Clients that follow an order by server-sent events');

/** Everybody who follows an order at this process. */
@Injectable()
export class EventClients implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly clients = new Set<EventClient>();
  /** Of those who are being let in, too. */
  private places = 0;
  private stopping = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(CONFIG) private readonly config: GatewayConfig) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.comment(), COMMENT_EVERY_MS);
  }

  /**
   * Takes a place.
   * @returns gives the place back
   * @throws WaybillError OVERLOADED when there is none; UNAVAILABLE when this process stops.
   */
  admit(): () => void {
    if (this.stopping) throw new WaybillError('UNAVAILABLE', 'This process stops');
    if (this.places >= this.config.WAYBILL_EVENTS_MAX_CLIENTS)
      throw new WaybillError('OVERLOADED', 'As many clients follow orders as may');
    connected.set((this.places += 1));
    return () => connected.set((this.places -= 1));
  }

  /** From now on comments keep it alive. */
  add(response: ServerResponse): EventClient {
    const client = new EventClient(response);
    this.clients.add(client);
    response.once('close', () => this.clients.delete(client));
    if (this.stopping) client.close();
    return client;
  }

  /** They come again, to another process. */
  beforeApplicationShutdown(): void {
    this.stopping = true;
    clearInterval(this.timer);
    for (const client of this.clients) client.close();
  }

  private comment(): void {
    for (const client of this.clients) client.comment();
  }
}
