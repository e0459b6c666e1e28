import { describe, expect, it } from '@jest/globals';
import { context, SpanKind } from '@opentelemetry/api';
import { currentTraceId, currentTraceparent, withTraceparent } from './current-trace.js';
import { beginHop, hop } from './hop.js';
import { readTraceparent, writeTraceparent } from './traceparent.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a traceparent', () => {
  it.each([TRACEPARENT, TRACEPARENT.replace(/01$/, '00')])('%s is read as it is written', (text) => {
    const read = readTraceparent(text);
    expect(read && writeTraceparent(read)).toBe(text);
  });

  it.each([
    undefined,
    17,
    '',
    'nonsense',
    TRACEPARENT.toUpperCase(),
    TRACEPARENT.replace(/^00/, 'ff'),
    `${TRACEPARENT}-more`,
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  ])('%p is none', (text) => {
    expect(readTraceparent(text)).toBeUndefined();
  });
});

describe('without an SDK', () => {
  it('what is done in a trace knows it, across awaits, and nothing else does', async () => {
    const seen = await withTraceparent(TRACEPARENT, async () => {
      await Promise.resolve();
      return [currentTraceparent(), currentTraceId()];
    });
    expect(seen).toEqual([TRACEPARENT, '0af7651916cd43dd8448eb211c80319c']);
    expect(currentTraceparent()).toBeUndefined();
  });

  it('a hop goes on in the trace that came with it, not in the one around it', async () => {
    const other = TRACEPARENT.replace('0af7', '1111');
    const seen = await withTraceparent(other, () =>
      hop('work', { kind: SpanKind.CONSUMER, from: { traceparent: TRACEPARENT } }, async () => currentTraceparent()),
    );
    expect(seen).toBe(TRACEPARENT);
  });

  it('a hop that nothing came with belongs to no trace', () => {
    const { within } = withTraceparent(TRACEPARENT, () =>
      beginHop('work', { kind: SpanKind.CONSUMER, from: { traceparent: undefined } }),
    );
    expect(context.with(within, currentTraceparent)).toBeUndefined();
  });
});
