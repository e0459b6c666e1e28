import { readFileSync } from 'node:fs';
import { amqpTlsConfig, ConfigurationError, loadConfig } from '#libs/kernel/config.js';
import { messageOf } from '#libs/kernel/errors.js';

interface BrokerTls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/**
 * What a connection to an `amqps:` URL is made with besides; nothing for plaintext.
 * @throws ConfigurationError for half a pair, or a file that cannot be read
 */
export function brokerTls(url: string): BrokerTls {
  if (!url.startsWith('amqps:')) return {};
  const config = loadConfig('AMQP', amqpTlsConfig);
  const { WAYBILL_AMQP_TLS_CA: ca, WAYBILL_AMQP_TLS_CERT: cert, WAYBILL_AMQP_TLS_KEY: key } = config;
  if ((cert === undefined) !== (key === undefined))
    throw new ConfigurationError(
      'WAYBILL_AMQP_TLS_CERT and WAYBILL_AMQP_TLS_KEY belong together: set both, or neither',
    );
  return { ...read('ca', ca), ...read('cert', cert), ...read('key', key) };
}

function read(name: keyof BrokerTls, file: string | undefined): BrokerTls {
  try {
    return file === undefined ? {} : { [name]: readFileSync(file) };
  } catch (error) {
    throw new ConfigurationError(`WAYBILL_AMQP_TLS_${name.toUpperCase()}: ${messageOf(error)}`);
  }
}
