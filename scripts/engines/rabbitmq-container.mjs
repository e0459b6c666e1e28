/** RabbitMQ in a container, for machines that have Docker but no Debian packages. Its data is a named volume. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { amqpAnswers } from './probe.mjs';
import { run } from './run.mjs';
import { secret } from './secret.mjs';
import { ready, start } from './spawn.mjs';

const USER = 'waybill';

/** @param {string} image @param {import('./engines.mjs').StartContext} context */
export async function startContainer(image, { dir, ports, env, log, report, registry }) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const name = `waybill-rabbitmq-${createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 12)}`;
  await remove(name, !existsSync(join(dir, 'password')));
  const password = secret(join(dir, 'password'));
  report({ engine: 'rabbitmq', phase: 'container', detail: image });
  const command = 'docker';
  const args = [
    ...['run', '--rm', '--name', name, '--hostname', 'waybill'], // the data is bound to the host's name
    ...['--publish', `127.0.0.1:${ports.amqp}:5672`, '--publish', `127.0.0.1:${ports.management}:15672`],
    ...['--volume', `${name}:/var/lib/rabbitmq`, '--env', 'RABBITMQ_DEFAULT_USER', '--env', 'RABBITMQ_DEFAULT_PASS'],
    image,
  ];
  const containerEnv = { ...env, RABBITMQ_DEFAULT_USER: USER, RABBITMQ_DEFAULT_PASS: password };
  const client = await start({ name: 'rabbitmq', command, args, log, env: containerEnv, registry });
  const pullAndStart = 300_000;
  await ready('RabbitMQ', client, () => amqpAnswers('127.0.0.1', ports.amqp), { log, within: pullAndStart });
  const url = `amqp://${USER}:${password}@127.0.0.1:${ports.amqp}`;
  const management = `http://127.0.0.1:${ports.management}`;
  return { name: 'rabbitmq', version: image, url, management, ...client };
}

/**
 * A container that a killed run left; and its data, when the folder with the password to it was emptied.
 * @param {string} name @param {boolean} fresh
 */
async function remove(name, fresh) {
  await run('docker', ['rm', '--force', name]);
  if (fresh) await run('docker', ['volume', 'rm', '--force', name]);
}
