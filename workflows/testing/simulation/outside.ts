import type { AmendRequest, Fact } from '../../fulfil-order/contract.js';
import { ADDRESS } from '../../fulfil-order/testing/sample-order.js';
import type { Participants } from '../../fulfil-order/testing/violations.js';
import type { Agenda } from './agenda.js';
import type { Choices } from './choices.js';
import type { SimulatedOrder } from './order.js';

const MOST_CANCELS = 3;
const MOST_AMENDMENTS = 3;

/** What happens around the order without anybody's asking: the carrier moves, people cancel, stock and cards run out. */
export function letTheWorldTurn(
  order: SimulatedOrder,
  { stock, money, carrier }: Participants,
  agenda: Agenda,
  choices: Choices,
): void {
  const any = () => true;
  const report = (fact: Fact) => {
    const copies = choices.happens(25) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1)
      agenda.plan(`the order is told that its parcel is ${fact.kind}`, 0, () => order.tell(fact));
  };
  agenda.allow(
    'THE CARRIER PICKS THE PARCEL UP',
    () => carrier.label === 'bought',
    () => report(carrier.dispatch()),
  );
  agenda.allow(
    'THE CARRIER DELIVERS THE PARCEL',
    () => carrier.label === 'handed over',
    () => report(carrier.deliver()),
  );
  agenda.allow('the hold on the stock expires', any, () => stock.expire());

  if (choices.happens(15)) agenda.allow('somebody else buys what is left', any, () => stock.sellOut());
  if (choices.happens(15)) {
    const reason = choices.oneOf(['PAYMENT_DECLINED', 'INSUFFICIENT_FUNDS'] as const);
    agenda.allow(`the card is refused from now on: ${reason}`, any, () => (money.declines = reason));
  }
  if (choices.happens(15))
    agenda.allow('no carrier serves the address from now on', any, () => (carrier.serves = false));

  const cancels = choices.happens(65) ? 1 + (choices.draw() % MOST_CANCELS) : 0;
  const byTemporal = choices.happens(30);
  for (let cancel = 1; cancel <= cancels; cancel += 1) {
    const requester = cancel === 1 && byTemporal ? 'temporal' : 'customer';
    agenda.allow(`CANCEL ${cancel}, by ${requester}`, any, () => order.cancel(requester, `command-${cancel}`));
  }
  letPeopleAmend(order, agenda, choices);
}

/** Fewer, more, or more than there are; another address; some have seen no other amendment. */
function letPeopleAmend(order: SimulatedOrder, agenda: Agenda, choices: Choices): void {
  const amendments = choices.happens(50) ? 1 + (choices.draw() % MOST_AMENDMENTS) : 0;
  for (let amendment = 1; amendment <= amendments; amendment += 1) {
    const commandId = `amendment-${amendment}`;
    const quantity = choices.oneOf([5, 1, 7, 12]);
    const items = [{ sku: 'MUG', quantity }];
    const shippingAddress = { ...ADDRESS, line1: `${amendment} Downing Street` };
    const changes = choices.oneOf<Pick<AmendRequest, 'items' | 'shippingAddress'>>([
      { items },
      { shippingAddress },
      { items, shippingAddress },
    ]);
    const follows = choices.happens(30) ? { follows: null } : {};
    const what = `AMEND ${amendment}: ${Object.keys(changes).join(' and ')}, ${quantity} pieces`;
    agenda.allow(
      what,
      () => true,
      () => order.amend({ commandId, requestedBy: 'customer', ...changes, ...follows }),
    );
  }
}
