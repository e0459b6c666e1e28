import TestSequencer from '@jest/test-sequencer';

/** They wait for leases, lorries and silence, most of their time; begun last, they would be waited for alone. */
const LONGEST = [
  'apps/order-view/project-events/lost-streams.int',
  'test/journeys/cancel.journey',
  'apps/order-view/project-events/project-events.int',
  'workflows/fulfil-order/replay.workflow',
  'test/journeys/outcomes.journey',
  'libs/messaging/relay/relay.int',
  'test/docs/readme.journey',
  'libs/messaging/amqp-server.int',
  'workflows/fulfil-order/steps.workflow',
  'test/journeys/amend.journey',
  'test/payments/payment-webhook.int',
  'libs/messaging/broker-restart.int',
  'test/journeys/trace.journey',
  'test/journeys/dead-letters.journey',
  'workflows/fulfil-order/cancel-anywhere.workflow',
  'apps/order-view/rebuild-projection/rebuild.int',
];

/** These first; all others as Jest would take them: what failed, then what took long the last time, then the large files. */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => placeOf(one) - placeOf(other));
  }
}

function placeOf({ path }) {
  const place = LONGEST.findIndex((name) => path.endsWith(`/${name}.spec.ts`));
  return place === -1 ? LONGEST.length : place;
}
