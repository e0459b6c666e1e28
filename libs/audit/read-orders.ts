import type { Audited, SnapshotOf } from './audited.js';
import type { Views } from './check-views.js';
import { ALL, CHOSEN, type Only } from './only.js';
import * as queries from './queries.js';
import type { RowOf } from './queries.js';
import { SortedRows, type Identified } from './sorted-rows.js';
import * as viewQueries from './view-queries.js';

interface Wanted {
  readonly accepted: readonly string[];
  readonly views: Views;
  readonly chosen: readonly string[] | undefined;
}

/** Rows of orders by their ids: all of them, or those that are chosen. */
type Rows = <Row extends Identified>(service: Audited, query: (only: Only) => string) => Promise<SortedRows<Row>>;

/** What each place says about orders, sorted by their ids. */
export async function readOrders(of: SnapshotOf, { accepted, views, chosen }: Wanted) {
  const rows: Rows = (service, query) =>
    chosen ? of(service).chosen(query(CHOSEN), chosen) : of(service).sorted(query(ALL));
  /** None of a read model while it is built for the first time. */
  const viewRows = <Row extends Identified>(name: string, query: (generation: number, only: Only) => string) => {
    const generation = views.get(name);
    return generation === undefined ? given<Row>([]) : rows<Row>('order-view', (only) => query(generation, only));
  };
  const [order, log, answered, charge, ledger, documents, reservation, shipment, parcels, viewed, timeline] =
    await Promise.all([
      rows<RowOf<'order'>>('orders', queries.orders),
      rows<RowOf<'log'>>('orders', queries.log),
      // Those that are chosen exist.
      chosen ? given<Identified>([]) : of('orders').sorted<Identified>(queries.ANSWERED),
      rows<RowOf<'charge'>>('payments', queries.charges),
      rows<RowOf<'ledger'>>('payment-simulator', queries.ledger),
      rows<RowOf<'documents'>>('billing', queries.documents),
      rows<RowOf<'reservation'>>('inventory', queries.reservations),
      rows<RowOf<'shipment'>>('shipping', queries.shipments),
      rows<RowOf<'parcels'>>('carrier-simulator', queries.parcels),
      viewRows<viewQueries.ViewedRow>('orders', viewQueries.viewed),
      viewRows<viewQueries.TimelineRow>('timeline', viewQueries.timelines),
    ]);
  return {
    accepted: await given<Identified>([...new Set(accepted)].sort().map((id) => ({ id }))),
    answered,
    order,
    log,
    charge,
    ledger,
    documents,
    reservation,
    shipment,
    parcels,
    viewed,
    timeline,
  };
}

function given<Row extends Identified>(rows: readonly Row[]): Promise<SortedRows<Row>> {
  const batches = [rows];
  return SortedRows.from(() => Promise.resolve(batches.shift() ?? []));
}
