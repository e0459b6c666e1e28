import { z } from 'zod';
import { amqpConfig, databaseConfig, grpcConfig, peerAddress, serviceConfig } from '#libs/kernel/config.js';
import { policiesConfig } from '#libs/resilience/policies.config.js';

const timeZone = z.string().refine(isTimeZone, 'must be a time zone such as Europe/Berlin');

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false; // a RangeError: the refinement says what is wanted
  }
}

/** Who sells: as every invoice and credit note says it from now on. Those that were issued keep what they say. */
const sellerConfig = z.object({
  WAYBILL_SELLER_NAME: z.string().min(1).default('Waybill Example Shop'),
  /** Its lines, separated by semicolons. */
  WAYBILL_SELLER_ADDRESS: z.string().min(1).default('Example Street 1; 04109 Leipzig; Germany'),
  WAYBILL_SELLER_TAX_ID: z.string().min(1).default('DE000000000'),
  WAYBILL_SELLER_EMAIL: z.email().default('billing@waybill.example'),
  /** What the tax law of the seller wants said under the total. */
  WAYBILL_SELLER_TAX_NOTE: z.string().min(1).default('All prices include value added tax.'),
  /** Where a document's date, hence the year of its number, is read off the calendar. */
  WAYBILL_SELLER_TIME_ZONE: timeZone.default('UTC'),
});

export const billingConfig = serviceConfig.extend({
  ...grpcConfig.shape,
  ...databaseConfig.shape,
  ...amqpConfig.shape,
  ...sellerConfig.shape,
  ...policiesConfig.shape,
  WAYBILL_CUSTOMERS_ADDRESS: peerAddress,
  /** A TrueType or OpenType file, for names in any script. Without it they are written in Latin letters. */
  WAYBILL_DOCUMENT_FONT: z.string().min(1).optional(),
  /** Where the tokens' issuer publishes its keys: https:, http: or file:. */
  WAYBILL_JWKS_URL: z.url({ protocol: /^(https?|file)$/ }),
  WAYBILL_TOKEN_ISSUER: z.string().min(1),
});
export type BillingConfig = z.output<typeof billingConfig>;

/** Injection token. */
export const CONFIG = Symbol('billing config');
