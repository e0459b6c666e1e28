import { CONSUMERS } from '../processes.js';
import { Repeater } from '../repeater.js';
import type { Stage } from '../stage.js';
import { deal, type Planned } from './kill-anything.js';

/**
 * Kills the broker and everybody who takes messages from it, as often as each other, while every event comes once more. Nothing
 * may be lost, nothing may take effect twice, and what is read must equal what was logged.
 */
export async function killConsumers(stage: Stage): Promise<void> {
  const { random, size, load, system } = stage;
  const names = ['rabbitmq', ...CONSUMERS] as const;
  const rounds = Math.max(1, Math.ceil(size.kills / names.length));
  const plan = Array.from({ length: rounds }, () => random.shuffle(names)).flat();
  const repeater = new Repeater(system.run.rabbitmq.amqp);
  try {
    await deal(
      stage,
      plan.map((name): Planned => ({ name, manner: 'kill' })),
    );
    await load.placeMany(Math.max(0, size.orders - load.counts.placed));
    await load.answered();
  } finally {
    await repeater.stop();
  }
  stage.notes.push(`  ${repeater.repeated} messages came once more`);
  if (repeater.repeated === 0) stage.broken.push('no message was repeated');
}
