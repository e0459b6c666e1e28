import type { PlacedSpan, Trace } from './arrange.js';
import { timeAxis, type TimeAxis } from './squeeze.js';

const ROW = 19;
const LABELS = 450;
const BARS = 620;
const TIMES = 84;
const HEAD = 58;
const INDENT = 11;
const LONGEST_LABEL = 60;
/** All have it: what differs is what counts. */
const GRPC_PACKAGE = /^waybill\.(?=.*\/)/;

const COLOURS = [
  '#3b6fb6',
  '#c2571a',
  '#2e8b57',
  '#8a4fae',
  '#b03a48',
  '#2b8c99',
  '#9a7b1c',
  '#5f6b7a',
  '#b0508f',
  '#4d7a2a',
  '#31456e',
  '#a35d00',
  '#6b6b2f',
];

/** Traces as a waterfall: a row for each span, where it began and how long it took; a colour for each service. */
export function drawTraces(title: string, traces: readonly Trace[]): string {
  const rows = traces.flatMap(({ spans, linked }) =>
    spans.map((placed, place) => ({ placed, first: place === 0 && linked })),
  );
  const spans = rows.map(({ placed }) => placed.span);
  const axis = timeAxis(spans);
  const colours = coloursOf(spans.map(({ service }) => service));
  const height = HEAD + rows.length * ROW + 16;
  const width = LABELS + BARS + TIMES;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-sans-serif, system-ui, Helvetica, Arial, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="22" font-size="15" font-weight="600" fill="#1c2733">${escape(title)}</text>`,
    legend(colours),
    ...axis.breaks.map((gap) => breakOf(gap, axis, height)),
    ...rows.map(({ placed, first }, place) =>
      rowOf(placed, place, { axis, first, colour: colours.get(placed.span.service) ?? '' }),
    ),
    '</svg>\n',
  ].join('\n');
}

function coloursOf(services: readonly string[]): Map<string, string> {
  return new Map([...new Set(services)].map((service, place) => [service, COLOURS[place % COLOURS.length] ?? '']));
}

function legend(colours: ReadonlyMap<string, string>): string {
  let x = 12;
  const items = [...colours].map(([service, colour]) => {
    const item = `<rect x="${x}" y="34" width="10" height="10" rx="2" fill="${colour}"/><text x="${x + 14}" y="43" fill="#46525e">${service}</text>`;
    x += 34 + service.length * 6.6;
    return item;
  });
  return items.join('');
}

function breakOf({ at, ms }: TimeAxis['breaks'][number], axis: TimeAxis, height: number): string {
  const x = LABELS + (at / axis.length) * BARS;
  const line = `<line x1="${x}" y1="${HEAD - 2}" x2="${x}" y2="${height - 12}" stroke="#c9d1d9" stroke-dasharray="2 4"/>`;
  return `${line}<text x="${x}" y="${HEAD - 6}" text-anchor="middle" font-size="10" fill="#7a8591">${timeOf(ms)} pass</text>`;
}

function rowOf({ span, depth }: PlacedSpan, place: number, { axis, first, colour }: RowStyle): string {
  const y = HEAD + place * ROW;
  const x = LABELS + (axis.at(span.start) / axis.length) * BARS;
  const end = LABELS + (axis.at(span.start + span.ms) / axis.length) * BARS;
  const label = `${first ? '↪ linked: ' : ''}${span.name}`.replace(GRPC_PACKAGE, '').slice(0, LONGEST_LABEL);
  const weight = depth === 0 ? ' font-weight="600"' : '';
  const stroke = span.failed ? ' stroke="#d1242f" stroke-width="1.5"' : '';
  return [
    place % 2 ? '' : `<rect x="0" y="${y}" width="${LABELS + BARS + TIMES}" height="${ROW}" fill="#f6f8fa"/>`,
    `<rect x="${12 + depth * INDENT}" y="${y + 5}" width="4" height="9" fill="${colour}"/>`,
    `<text x="${20 + depth * INDENT}" y="${y + 14}" fill="${span.failed ? '#d1242f' : '#1c2733'}"${weight}>${escape(label)}</text>`,
    `<rect x="${x.toFixed(1)}" y="${y + 4}" width="${Math.max(1.5, end - x).toFixed(1)}" height="11" rx="2" fill="${colour}"${stroke}/>`,
    `<text x="${LABELS + BARS + TIMES - 8}" y="${y + 14}" text-anchor="end" fill="#46525e">${timeOf(span.ms)}</text>`,
  ].join('');
}

interface RowStyle {
  readonly axis: TimeAxis;
  readonly first: boolean;
  readonly colour: string;
}

function timeOf(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
