import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BROKER_SERVICES, BROKER_USE, type BrokerService, type BrokerUse } from '#libs/contracts/broker-access.js';
import { LANES } from '#libs/contracts/topology.js';

function sourceOf(service: string): string {
  const folder = join('apps', service);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.includes('testing'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

function sorted(found: Iterable<string>): string[] {
  return [...new Set(found)].sort();
}

describe('the table of what services do at the broker, beside the code', () => {
  it.each(BROKER_SERVICES)(
    'given the code of %s, then the table says what it consumes, publishes and hears',
    (service: BrokerService) => {
      const source = sourceOf(service);
      const use: BrokerUse = BROKER_USE[service];
      const consumed = [...source.matchAll(/@OnMessage\(\s*'([\w-]+)'/g)].map(([, queue = '']) => queue);
      const published = /appendOutbox|outboxInsertSql|outboxValuesSql/.test(source)
        ? LANES.filter((lane) => new RegExp(`'${lane}'`).test(source) && !consumed.includes(lane))
        : [];
      const addressed = [...source.matchAll(/lane: '([\w-]+)'/g)].map(([, lane = '']) => lane);
      expect(sorted(use.consumes ?? [])).toEqual(sorted(consumed));
      expect(sorted(use.publishes ?? [])).toEqual(sorted([...published, ...addressed]));
      expect(use.hears === true).toBe(source.includes('NewsListener.start'));
    },
  );

  it('given every other app, then it does not talk to the broker', () => {
    const others = readdirSync('apps').filter(
      (app) => !BROKER_SERVICES.some((service) => service === app) && app !== 'cli',
    );
    expect(others.filter((app) => /WAYBILL_AMQP_URL|amqpConfig/.test(sourceOf(app)))).toEqual([]);
  });
});
