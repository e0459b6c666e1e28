import { escapeIdentifier, escapeLiteral } from 'pg';

/** An order that was really placed, and all that is kept of it. */
export interface Template {
  readonly orderId: string;
  readonly customerId: string;
  /** Every other id in its rows: of its charge, its shipment, its events' causes … */
  readonly ids: readonly string[];
  /** Every hour in which something happened to it, oldest first: `2026-11-20T17:`. */
  readonly hours: readonly string[];
}

/** How the copies are spread. */
export interface Spread {
  /** Over how many hours before the template. */
  readonly hours: number;
  readonly customers: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PREFIXED = /^[a-z]+_[0-9a-f]{32}$/;
const TRACKING = /^WB\d{18}$/;
const ANY_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]+_[0-9a-f]{32}|WB\d{18}/g;
const ANY_HOUR = /\d{4}-\d\d-\d\dT\d\d:/g;

/** Finds what tells one order from the next in the JSON of its rows. */
export function templateOf(orderId: string, customerId: string, rows: readonly string[]): Template {
  const found = (pattern: RegExp): string[] => [...new Set(rows.flatMap((row) => row.match(pattern) ?? []))].sort();
  return { orderId, customerId, ids: found(ANY_ID).filter((id) => id !== orderId), hours: found(ANY_HOUR) };
}

/**
 * Inserts copies of one row of a template: `$1` the row as JSON, `$2` the first copy's number, `$3` the last one's.
 * The same number gives the same ids and times in every table of every database, so that a copy is as consistent as its template.
 */
export function copyStatement(
  table: string,
  columns: readonly string[],
  row: string,
  template: Template,
  spread: Spread,
): string {
  const replacements = replacementsOf(template, spread).filter(({ from }) => row.includes(from));
  const values = replacements.map(({ value }, place) => `${value} as v${place}`);
  const replaced = replacements.reduce(
    (text, { from }, place) => `replace(${text}, ${escapeLiteral(from)}, v${place})`,
    '$1::text',
  );
  const names = columns.map((column) => escapeIdentifier(column)).join(', ');
  return `
    with copy as materialized (
      select ${values.join(', ')}
      from (select n, ${hoursBack(spread)} as hours from generate_series($2::integer, $3::integer) n) numbered
    )
    insert into ${escapeIdentifier(table)} (${names})
    select ${columns.map((column) => `made.${escapeIdentifier(column)}`).join(', ')}
    from copy cross join lateral jsonb_populate_record(null::${escapeIdentifier(table)}, (${replaced})::jsonb) made`;
}

interface Replacement {
  readonly from: string;
  /** SQL, of `n` and `hours`. */
  readonly value: string;
}

/** Hours move into the past, the oldest first: what one has become is never mistaken for the next. */
function replacementsOf({ orderId, customerId, ids, hours }: Template, { customers }: Spread): Replacement[] {
  return [
    { from: orderId, value: orderIdOf(orderId) },
    { from: `"${customerId}"`, value: `'"' || ${customerOf(customers)} || '"'` },
    ...ids.map((id) => ({ from: id, value: newId(id) })),
    ...hours.map((hour) => ({ from: hour, value: hourBefore(hour) })),
  ];
}

/** A fixed shuffle: neighbours in number are far apart in time. */
function hoursBack({ hours }: Spread): string {
  return `1 + (n::bigint * 7919) % ${hours}`;
}

export function customerOf(customers: number): string {
  return `'cus-seed-' || lpad((1 + n % ${customers})::text, 6, '0')`;
}

function hourBefore(hour: string): string {
  const at = escapeLiteral(`${hour}00`);
  return `to_char(${at}::timestamp - hours * interval '1 hour', 'YYYY-MM-DD"T"HH24:')`;
}

/** A UUID of version 7, whose first 48 bits are the milliseconds of its making: orders are listed by it. */
function orderIdOf(orderId: string): string {
  const milliseconds = Number.parseInt(orderId.replaceAll('-', '').slice(0, 12), 16);
  const time = `lpad(to_hex(${milliseconds} - hours * 3600000), 12, '0')`;
  return `substr(${time}, 1, 8) || '-' || substr(${time}, 9) || '-7' || substr(${hashOf(orderId)}, 1, 3)
    || '-8' || substr(${hashOf(orderId)}, 4, 3) || '-' || substr(${hashOf(orderId)}, 7, 12)`;
}

/** Of the same form, and another for each copy. */
function newId(id: string): string {
  const hash = hashOf(id);
  if (UUID.test(id))
    return `substr(${hash}, 1, 8) || '-' || substr(${hash}, 9, 4) || '-8' || substr(${hash}, 13, 3)
      || '-8' || substr(${hash}, 16, 3) || '-' || substr(${hash}, 19, 12)`;
  if (PREFIXED.test(id)) return `${escapeLiteral(id.slice(0, id.indexOf('_') + 1))} || ${hash}`;
  if (TRACKING.test(id))
    return `'WB' || lpad((('x' || substr(${hash}, 1, 15))::bit(60)::bigint % 1000000000000000000)::text, 18, '0')`;
  throw new Error(`${id} is no id of a known form`);
}

function hashOf(id: string): string {
  return `md5(${escapeLiteral(id)} || n)`;
}
