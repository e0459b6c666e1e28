import { Inject, Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { GetSalesRequest, GetSalesResponse } from '#libs/contracts/generated/waybill/orderview/v1/orderview.js';
import { WaybillError } from '#libs/kernel/errors.js';
import { parse } from '#libs/kernel/parse.js';
import { DATABASE } from '#libs/persistence/database.js';
import { IdentifyCaller } from '#libs/security/identify-caller.js';
import { ReadGeneration } from '../generations/read-generation.js';
import { salesTable } from '../projections/sales-projection.js';

const PAGE = 100;
const MAX_PAGE = 1_000;

/** Where the page before has ended. */
const place = z.tuple([z.iso.datetime(), z.string(), z.string()]);
const after = z.string().transform((cursor, context): z.output<typeof place> | undefined => {
  if (cursor === '') return undefined;
  const read = place.safeParse(jsonOf(Buffer.from(cursor, 'base64url').toString()));
  if (read.success) return read.data;
  context.addIssue({ code: 'custom', message: 'must be a nextCursor of an earlier answer' });
  return z.NEVER;
});
const salesRequest = z.object({
  sku: z.string().max(64),
  from: z.date().optional(),
  to: z.date().optional(),
  limit: z.int().min(0).max(MAX_PAGE),
  cursor: after,
});

interface SalesRow {
  readonly hour: Date;
  readonly sku: string;
  readonly currency: string;
  readonly ordered: number;
  readonly sold: number;
  readonly undone: number;
  readonly revenue: number;
}

/** What was sold, per hour of placing and SKU, newest hour first. */
@Injectable()
export class GetSales {
  constructor(
    @Inject(DATABASE) private readonly db: Kysely<never>,
    private readonly callers: IdentifyCaller,
    private readonly generation: ReadGeneration,
  ) {}

  async execute(request: GetSalesRequest): Promise<GetSalesResponse> {
    const asked = parse(salesRequest, request);
    await this.callers.withScope('ops');
    const limit = asked.limit || PAGE;
    const rows = await this.generation.read('sales', (generation) =>
      this.find(generation, { ...asked, limit: limit + 1 }),
    );
    if (rows === undefined)
      throw new WaybillError('UNAVAILABLE', 'The sales are being added up for the first time; try again in a moment');
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map(({ revenue, currency, ...figures }) => ({ ...figures, revenue: { amount: revenue, currency } })),
      nextCursor: rows.length > limit && last ? cursorAfter(last) : '',
    };
  }

  private async find(
    generation: number,
    { sku, from, to, limit, cursor }: z.output<typeof salesRequest>,
  ): Promise<SalesRow[]> {
    const [hour = null, afterSku = null, afterCurrency = null] = cursor ?? [];
    const { rows } = await sql<SalesRow>`
      select hour, sku, currency, sum(ordered)::bigint as ordered, sum(sold)::bigint as sold, sum(undone)::bigint as undone,
        sum(revenue)::bigint as revenue
      from ${salesTable(generation)}
      where (${sku} = '' or sku = ${sku})
        and (${from ?? null}::timestamptz is null or hour >= date_trunc('hour', ${from ?? null}::timestamptz))
        and (${to ?? null}::timestamptz is null or hour < ${to ?? null})
        and (${hour}::timestamptz is null or hour < ${hour}
          or (hour = ${hour} and (sku, currency) > (${afterSku}::text, ${afterCurrency}::text)))
      group by hour, sku, currency order by hour desc, sku, currency limit ${limit}`.execute(this.db);
    return rows;
  }
}

function cursorAfter({ hour, sku, currency }: SalesRow): string {
  return Buffer.from(JSON.stringify([hour.toISOString(), sku, currency])).toString('base64url');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong with it
  }
}
