import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type {
  GetTimelineRequest,
  GetTimelineResponse,
} from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import { partitionOf } from '#libs/contracts/topology.js';
import { orderId } from '#libs/grpc/request-fields.js';
import { parse } from '#libs/kernel/parse.js';
import { DATABASE } from '#libs/persistence/database.js';
import { IdentifyCaller, type Owner } from '#libs/security/identify-caller.js';
import { ReadGeneration } from '../generations/read-generation.js';
import { CONFIG, type OrderViewConfig } from '../order-view.config.js';
import { Projector } from '../project-events/projector.js';
import { StandingPartitions } from '../project-events/standing-partitions.js';
import { timelineTable, type KeptEntry } from '../projections/timeline-projection.js';

const BEHIND: GetTimelineResponse = { items: [], version: 0, behind: true };

const timelineRequest = z.object({ id: orderId, minVersion: z.int().min(0) });

interface Found {
  readonly version: number;
  readonly entries: readonly KeptEntry[];
}

/** What happened to an order. What is not here, or somebody else's, is for orders to say. */
@Injectable()
export class GetTimeline {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<never>,
    @Inject(CONFIG) private readonly config: OrderViewConfig,
    private readonly callers: IdentifyCaller,
    private readonly generation: ReadGeneration,
    private readonly projector: Projector,
    private readonly standing: StandingPartitions,
  ) {}

  async execute(request: GetTimelineRequest): Promise<GetTimelineResponse> {
    const { id, minVersion } = parse(timelineRequest, request);
    const owner = await this.callers.reader();
    if ((await this.standing.of('timeline')).has(partitionOf(id))) return BEHIND;
    let found = undefined as Found | undefined;
    await this.projector.reads.until([id], this.config.WAYBILL_VIEW_WAIT_MS, async () => {
      found = await this.find(id, owner);
      return found === undefined || found.version >= minVersion;
    });
    if (found === undefined || found.version < minVersion) return BEHIND;
    const items = found.entries.map(({ at, ...entry }) => ({ ...entry, at: new Date(at) }));
    return { items, version: found.version, behind: false };
  }

  private async find(id: string, owner: Owner): Promise<Found | undefined> {
    const customer = owner.kind === 'customer' ? owner.customerId : null;
    return this.generation.read('timeline', async (generation) => {
      const { rows } = await sql<Found>`
        select version, entries from ${timelineTable(generation)}
        where order_id = ${id} and (${customer}::text is null or customer_id = ${customer})`.execute(this.db);
      return rows[0];
    });
  }
}
