import { streamOf } from '#libs/contracts/topology.js';
import type { BrokerConnection } from '../connection.js';
import { Latch, within } from '../latch.js';
import { positionOf } from './stream-reader.js';

/** An empty stream says nothing at all, so that its silence has to be waited for. */
const SILENCE_MS = 1_000;
/** What is delivered at once comes within this time. */
const PAUSE_MS = 30;
/** A stream that is being written goes on growing: nobody waits for its end longer than this. */
const MOST_MS = 500;

/** The position of the oldest message that the broker still has. Undefined: there is none, or no answer. */
export async function firstPosition(connection: BrokerConnection, partition: number): Promise<number | undefined> {
  return (await peek(connection, partition, 'first', 1))?.[0];
}

/**
 * A position close to the end: of the chunk that was written last, the first message. Reading from there on misses nothing
 * that is written from now on. Undefined: there is no message, or no answer; reading from 0 on is then the same.
 */
export async function positionNearEnd(connection: BrokerConnection, partition: number): Promise<number | undefined> {
  return (await peek(connection, partition, 'last', 1))?.[0];
}

/** The position of the newest message, as far as it came within a moment: for showing, not for deciding. */
export async function lastPosition(connection: BrokerConnection, partition: number): Promise<number | undefined> {
  return (await peek(connection, partition, 'last', 10_000))?.at(-1);
}

/**
 * As {@link lastPosition}, for deciding: -1 is a stream of which the broker itself says that it holds nothing. Undefined: no
 * answer, from which nothing follows.
 */
export async function endOf(connection: BrokerConnection, partition: number): Promise<number | undefined> {
  return (await lastPosition(connection, partition)) ?? ((await isEmpty(connection, partition)) ? -1 : undefined);
}

async function isEmpty(connection: BrokerConnection, partition: number): Promise<boolean> {
  const channel = await connection.channel();
  try {
    return (await channel.checkQueue(streamOf(partition))).messageCount === 0;
  } finally {
    await channel.close().catch(() => undefined); // broken before: nothing left to close
  }
}

async function peek(
  connection: BrokerConnection,
  partition: number,
  offset: 'first' | 'last',
  most: number,
): Promise<number[] | undefined> {
  const channel = await connection.channel();
  const positions: number[] = [];
  const begun = new Latch();
  try {
    await channel.prefetch(most);
    const take = (position: number): void => {
      positions.push(position);
      begun.open();
    };
    await channel.consume(streamOf(partition), (message) => message && take(positionOf(message)), {
      arguments: { 'x-stream-offset': offset },
    });
    await within(SILENCE_MS, begun.opened);
    const until = performance.now() + MOST_MS;
    while (most > 1 && positions.length > 0 && performance.now() < until && (await grows(positions)));
    return positions;
  } finally {
    await channel.close().catch(() => undefined); // broken before: nothing left to close
  }
}

async function grows(positions: readonly number[]): Promise<boolean> {
  const before = positions.length;
  await within(PAUSE_MS, new Latch().opened);
  return positions.length > before;
}
