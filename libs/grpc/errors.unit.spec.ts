import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { WaybillError } from '#libs/kernel/errors.js';
import { fromStatus, toStatus } from './errors.js';

const failed = (code: status, details: string, metadata = new Metadata()): ServiceError =>
  Object.assign(new Error(details), { code, details, metadata });

describe('a failed call', () => {
  it.each([
    'Received RST_STREAM with code 0 (Call ended without gRPC status)',
    'Received RST_STREAM with code 2 triggered by internal client error: write EPIPE',
  ])('whose peer died in the middle of it (%s) may be tried again', (details) => {
    expect(fromStatus(failed(status.INTERNAL, details))).toMatchObject({ code: 'UNAVAILABLE', technical: true });
  });

  it('of which nobody knows why is a bug', () => {
    expect(fromStatus(failed(status.INTERNAL, 'Error serializing response'))).toMatchObject({ code: 'INTERNAL' });
  });

  it('has the code that the peer gave it', () => {
    const { code, details, metadata } = toStatus(new WaybillError('INTERNAL', 'Received RST_STREAM, says the peer'));
    expect(fromStatus(failed(code, details, metadata))).toMatchObject({ code: 'INTERNAL' });
  });
});
