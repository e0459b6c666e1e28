/**
 * The system in containers, for real: built, brought up, given orders through its published port, its worker killed in
 * the middle of one, stopped, taken down, brought up again with its data, and verified. Needs Docker with Compose.
 *
 * It has a project and ports of its own, so a system of yours that runs in containers is left alone; only the image is
 * shared. `--keep` leaves it running, to look at.
 */
import { parseArgs } from 'node:util';
import {
  api,
  compose,
  exitCodes,
  killProcess,
  listMails,
  PROJECT,
  restartsOf,
  verifyAtRest,
  waybill,
} from './compose-journey/containers.mjs';
import { orderIs, placeOrder, readOrder } from './compose-journey/orders.mjs';
import { check, eventually, say, secondsSince, step } from './compose-journey/steps.mjs';

const { keep = false } = parseArgs({ options: { keep: { type: 'boolean' } } }).values;
const startedAt = Date.now();

try {
  await step('nothing is left of an earlier journey', () => compose('down', '--volumes', '--remove-orphans'));
  await step('docker compose up -d --build --wait', () => compose('up', '-d', '--build', '--wait'));
  const token = await step('docker compose exec gateway waybill token', () => waybill('token'));
  const first = await step('an order is placed through the published port and delivered', () => placeAndDeliver(token));
  const second = await step('fulfilment is killed while an order is charged; restarted by policy', () =>
    killDuringCharge(token),
  );
  await step('the command line looks, and says where else to look', lookAround);
  await step('the gateway holds no identity but its own', onlyItsOwn);
  const mails = await listMails();
  await step('docker compose stop: every service ends with exit code 0', stopAll);
  await step('docker compose down', () => compose('down'));
  await step('docker compose up -d --wait', () => compose('up', '-d', '--wait'));
  await step('orders, mails and the keys behind the token are still there', () =>
    findAgain(token, [first, second], mails),
  );
  const third = await step('and a new order is delivered', () => placeAndDeliver(token));
  await step('docker compose run --rm tools verify', () => verifyAtRest([first, second, third]));
  say(`\npassed in ${secondsSince(startedAt)}`);
} catch (error) {
  process.exitCode = 1;
  say(`\nFAILED after ${secondsSince(startedAt)}: ${error.message}\n`);
  for (const look of [
    ['ps', '--all'],
    ['logs', '--tail', '20'],
  ])
    say(await compose(...look).catch(({ message }) => message));
} finally {
  if (keep) say(`left running at ${api}; \`docker compose -p ${PROJECT} down --volumes\` ends it`);
  else await compose('down', '--volumes');
}

async function placeAndDeliver(token) {
  const { id } = await placeOrder(token, 'pm_ok');
  await orderIs(token, id, 'CONFIRMED');
  await orderIs(token, id, 'DELIVERED');
  return id;
}

/** The provider charges `pm_lost_reply` and holds its answer back for six seconds: time enough to die in. */
async function killDuringCharge(token) {
  const { id, total } = await placeOrder(token, 'pm_lost_reply');
  await orderIs(token, id, 'RESERVED');
  const before = await restartsOf('fulfilment');
  await killProcess('fulfilment');
  const { status } = await readOrder(token, id);
  check(status === 'RESERVED', `the kill came too late: the order is ${status}`);
  await eventually('fulfilment is restarted', 60_000, async () =>
    check((await restartsOf('fulfilment')) === before + 1, 'not yet'),
  );
  const { payment } = await orderIs(token, id, 'CONFIRMED');
  check(payment.captured === total.amount, `${payment.captured} was charged for ${total.amount}`);
  return id;
}

async function lookAround() {
  for (const command of [['status'], ['orders'], ['stock', 'MUG-ENAMEL']]) say(await waybill(...command));
  for (const [command, elsewhere] of [
    [['verify'], 'run --rm tools verify'],
    [['stop', 'orders'], 'docker compose stop orders'],
  ]) {
    const refusal = await waybill(...command).then(String, String);
    check(refusal.includes(elsewhere), `\`waybill ${command.join(' ')}\` said: ${refusal}`);
  }
}

/** A folder without a volume is in the image, and empty. */
async function onlyItsOwn() {
  const script = `for f in $(find /var/lib/waybill -name '*.pem'); do echo $f; done`;
  const found = (await compose('exec', '-T', 'gateway', 'sh', '-c', script)).split('\n').filter(Boolean);
  const foreign = found.filter((file) => !file.startsWith('/var/lib/waybill/identity/'));
  check(found.length === 3 && foreign.length === 0, `it holds ${found.join(', ')}`);
}

async function stopAll() {
  await compose('stop');
  const bad = Object.entries(await exitCodes()).filter(([, code]) => code !== 0);
  check(bad.length === 0, `exit codes: ${bad.map(([service, code]) => `${service} ${code}`).join(', ')}`);
}

async function findAgain(token, orders, mails) {
  for (const id of orders) await orderIs(token, id, 'DELIVERED');
  const kept = await listMails();
  check(
    mails.length > 0 && mails.every((mail) => kept.includes(mail)),
    `there were ${mails.length} mails, there are ${kept.length}`,
  );
}
