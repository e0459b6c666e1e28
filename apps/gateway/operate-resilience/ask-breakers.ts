import { Inject, Injectable } from '@nestjs/common';
import type { ListBreakersResponse } from '#libs/contracts/generated/waybill/values/v1/values.js';
import type { BreakerList } from '#libs/contracts/http/resilience.js';
import type { CallOptions } from '#libs/grpc/client.js';
import { isWaybillError } from '#libs/kernel/errors.js';
import { listBreakers } from '#libs/resilience/list-breakers.js';
import { Resilience } from '#libs/resilience/resilience.js';
import { WITH_BREAKERS, type WithBreakers } from '../peers.module.js';

type Item = BreakerList['items'][number];

/** How the breakers stand: this process's own, and those of each replica of the services that have some. */
@Injectable()
export class AskBreakers {
  constructor(
    private readonly own: Resilience<'gateway'>,
    @Inject(WITH_BREAKERS) private readonly others: readonly WithBreakers[],
  ) {}

  async execute(options: CallOptions): Promise<BreakerList> {
    const answers = await Promise.all(this.others.map((service) => ask(service, options)));
    return {
      items: [...itemsOf('gateway', listBreakers(this.own)), ...answers.flatMap(({ items }) => items)],
      missing: answers.flatMap(({ missing }) => missing),
    };
  }
}

/** Who does not answer is named: the others' breakers are the more interesting for it. */
async function ask({ caller, client }: WithBreakers, options: CallOptions): Promise<BreakerList> {
  try {
    return { items: itemsOf(caller, await client.listBreakers({}, options)), missing: [] };
  } catch (error) {
    return { items: [], missing: [{ caller, reason: isWaybillError(error) ? error.code : 'INTERNAL' }] };
  }
}

function itemsOf(caller: string, { process, items }: ListBreakersResponse): Item[] {
  return items.map(({ since, state, ...breaker }) => ({
    caller,
    process,
    ...breaker,
    state: state as Item['state'],
    since: (since ?? new Date(0)).toISOString(),
  }));
}
