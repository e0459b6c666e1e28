import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, refusePlaintext, tlsConfig } from './config.js';

describe('a service that serves gRPC', () => {
  it('given no identity and nobody who said that a mesh encrypts, then it does not start', () => {
    expect(() => refusePlaintext('payments', tlsConfig.parse({}))).toThrow(ConfigurationError);
  });

  it.each([{ WAYBILL_TLS_DIR: '/var/lib/waybill/identity' }, { WAYBILL_MTLS: 'off' }])(
    'given %o, then it does',
    (told) => {
      expect(() => refusePlaintext('payments', tlsConfig.parse(told))).not.toThrow();
    },
  );
});
