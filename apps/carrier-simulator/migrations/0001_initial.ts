import { sql, type Kysely } from 'kysely';

export const initial = {
  async up(db: Kysely<never>): Promise<void> {
    await sql`
      create table shipments (
        id text primary key,
        reference text,
        to_address jsonb not null,
        from_address jsonb not null,
        parcel jsonb not null,
        rates jsonb not null,
        stage text not null default 'quoted'
          check (stage in ('quoted', 'labelled', 'voided', 'in_transit', 'delivered', 'lost')),
        selected_rate_id text,
        tracker_id text unique,
        tracking_code text unique,
        next_move_at timestamptz,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        bought_at timestamptz,
        handed_over_at timestamptz,
        arrived_at timestamptz,
        check ((stage = 'quoted') = (tracking_code is null)),
        check ((stage in ('labelled', 'in_transit')) = (next_move_at is not null))
      )`.execute(db);
    await sql`create index shipments_reference on shipments (reference, created_at)`.execute(db);
    await sql`create index shipments_due on shipments (next_move_at) where next_move_at is not null`.execute(db);
    await sql`
      create table webhooks (
        id text primary key,
        shipment_id text not null references shipments,
        body text not null,
        attempts int not null default 0,
        next_attempt_at timestamptz not null default now(),
        delivered_at timestamptz,
        last_problem text,
        created_at timestamptz not null default now()
      )`.execute(db);
    await sql`create index webhooks_due on webhooks (next_attempt_at) where delivered_at is null`.execute(db);
  },
};
