import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import Stripe from 'stripe';
import { messageOf } from '#libs/kernel/errors.js';

/** The SDK repeats a request that ended with one of these codes, whatever its retry setting. */
const REPEATED_BY_THE_SDK: ReadonlySet<string> = new Set(Stripe.HttpClient.CONNECTION_CLOSED_ERROR_CODES);

/** The SDK's own client, but a request whose connection breaks is not sent a second time: who called decides that. */
export function singleCallClient(secure: boolean): Stripe.HttpClient {
  const client = Stripe.createNodeHttpClient(
    secure ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true }),
  );
  return {
    getClientName: () => client.getClientName(),
    makeRequest: async (...request) => {
      try {
        return await client.makeRequest(...request);
      } catch (error) {
        throw isRepeated(error) ? new Error(messageOf(error), { cause: error }) : error;
      }
    },
  };
}

function isRepeated(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && REPEATED_BY_THE_SDK.has(String(error.code));
}
