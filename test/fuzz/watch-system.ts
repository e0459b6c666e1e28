import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { databaseName } from '#libs/persistence/provision.js';

export interface RunFile {
  readonly gateway: { readonly url: string };
  readonly postgres: { readonly auditor: string };
  readonly tokens: { readonly customer: string; readonly operator: string };
  readonly services: Readonly<
    Record<string, { readonly pid: number; readonly database?: string; readonly metrics: string }>
  >;
}

/** What a service does by itself: leases, positions, keys that were tried, the audit of what operators asked for. All else moves only when somebody asks for it. */
const RESTLESS =
  /lease|checkpoint|cursor|kysely|idempoten|stream_|projection|relay|outbox|inbox|rate|shed|leader|attempt_log|operator_action/;

/** How many rows each table of each service has, and a digest of them all. */
export async function stateOf({ services, postgres }: RunFile): Promise<Record<string, string>> {
  const state: Record<string, string> = {};
  for (const [service, { database }] of Object.entries(services)) {
    if (database === undefined || /-\d+$/.test(service)) continue;
    const url = Object.assign(new URL(postgres.auditor), { pathname: `/${databaseName(service)}` }).toString();
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const { rows: tables } = await client.query<{ name: string }>(
        "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1",
      );
      for (const { name } of tables.filter((table) => !RESTLESS.test(table.name))) {
        const { rows } = await client.query<{ digest: string }>(
          `select count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as digest from "${name}" t`,
        );
        state[`${service}.${name}`] = rows[0]?.digest ?? '';
      }
    } finally {
      await client.end();
    }
  }
  return state;
}

const LOOK_EVERY_MS = 3_000;

/** The state once nothing moves by itself any more: what a fresh system tells itself, or orders that are on their way. */
export async function stateAtRest(run: RunFile, within = 40): Promise<Record<string, string>> {
  let before = await stateOf(run);
  for (let look = 0; look < within; look += 1) {
    await pause(LOOK_EVERY_MS);
    const now = await stateOf(run);
    if (changesBetween(before, now).length === 0) return now;
    before = now;
  }
  throw new Error(`The system does not come to rest: ${changesBetween(before, await stateOf(run)).join('; ')}`);
}

/** What differs. */
export function changesBetween(before: Record<string, string>, after: Record<string, string>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name}: ${before[name]} → ${after[name]}`);
}

/** The most memory that a process has had resident, in MB. */
export function peakMemoryMb(pid: number): number {
  const [, kilobytes = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1_024);
}

/** Answers by the first digit of their status, and connections that carried no whole request, by the gateway's own count. */
export async function answeredBy({ services }: RunFile): Promise<Record<string, number>> {
  const text = await (await fetch(services['gateway']?.metrics ?? '')).text();
  const counts: Record<string, number> = {};
  const add = (name: string, value: string): void => void (counts[name] = (counts[name] ?? 0) + Number(value));
  for (const [, labels = '', value = '0'] of text.matchAll(
    /^waybill_http_request_duration_seconds_count\{(.*)\} (\d+)$/gm,
  )) {
    if (/route="\/(metrics|healthz|readyz)"/.test(labels)) continue;
    add(`${/status="(\d)/.exec(labels)?.[1] ?? '?'}xx`, value);
  }
  for (const [, value = '0'] of text.matchAll(/^waybill_http_refused_connections_total\{.*\} (\d+)$/gm))
    add('refused connections', value);
  return counts;
}
