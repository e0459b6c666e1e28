import { createHmac, timingSafeEqual } from 'node:crypto';
import { WaybillError } from '#libs/kernel/errors.js';

/** How far a signature's time may lie from ours, in either direction. */
export const SIGNATURE_TOLERANCE_MS = 5 * 60_000;

/** Bounds the work that a forged header can cause; a rotation needs two. */
const MAX_SIGNATURES = 5;
const MAX_HEADER_LENGTH = 1_000;
const HEX_SHA256 = /^[0-9a-f]{64}$/;
const UNIX_SECONDS = /^[0-9]{1,12}$/;

export type SignatureProblem = 'missing' | 'malformed' | 'forged' | 'stale';

export type SignatureCheck =
  { readonly valid: true; readonly signedAt: Date } | { readonly valid: false; readonly problem: SignatureProblem };

export interface SignedWebhook {
  /** The signature header as it came: `t=<unix seconds>,v1=<hex>[,v1=<hex>]`. */
  readonly header: string | undefined;
  /** The raw body, byte for byte as it came. */
  readonly body: Uint8Array;
  /** Every secret in force; more than one while a secret is being rotated. */
  readonly secrets: readonly string[];
  readonly now?: Date;
  readonly toleranceMs?: number;
}

/** The header for a body: `t=…,v1=…`, HMAC-SHA256 over `t.body`. Sign anew for each delivery, or a late retry is stale. */
export function signWebhook(secret: string, body: string | Uint8Array, at: Date = new Date()): string {
  const time = String(Math.floor(at.getTime() / 1000));
  return `t=${time},v1=${mac(secret, time, body).toString('hex')}`;
}

/** Checks a signature in constant time. Never throws: what is wrong is part of the answer. */
export function verifyWebhook(webhook: SignedWebhook): SignatureCheck {
  if (!webhook.header) return { valid: false, problem: 'missing' };
  const parsed = parseHeader(webhook.header);
  if (!parsed) return { valid: false, problem: 'malformed' };
  if (!matchesAny(webhook, parsed)) return { valid: false, problem: 'forged' };
  const signedAt = new Date(Number(parsed.time) * 1000);
  const age = Math.abs((webhook.now ?? new Date()).getTime() - signedAt.getTime());
  if (age > (webhook.toleranceMs ?? SIGNATURE_TOLERANCE_MS)) return { valid: false, problem: 'stale' };
  return { valid: true, signedAt };
}

const REMEDIES: Readonly<Record<SignatureProblem, string>> = {
  missing: 'Send the signature header',
  malformed: 'The signature header must read t=<unix seconds>,v1=<hex>',
  forged:
    'No secret in force made this signature over this body: check the secret, and that the body is sent unchanged',
  stale: 'The signature is more than 5 minutes away from the present: check the clock, and sign each delivery anew',
};

/**
 * Refuses what is not signed.
 * @throws WaybillError UNAUTHENTICATED that says which rule failed.
 */
export function requireSignature(webhook: SignedWebhook): void {
  const check = verifyWebhook(webhook);
  if (check.valid) return;
  throw new WaybillError('UNAUTHENTICATED', `${REMEDIES[check.problem]}.`, { problem: check.problem });
}

interface ParsedHeader {
  readonly time: string;
  readonly signatures: readonly string[];
}

function parseHeader(header: string): ParsedHeader | undefined {
  if (header.length > MAX_HEADER_LENGTH) return undefined;
  const fields = header.split(',').map((field) => field.trim().split('='));
  const valuesOf = (name: string) => fields.filter(([key]) => key === name).map(([, value = '']) => value);
  const [time, ...otherTimes] = valuesOf('t');
  const signatures = valuesOf('v1');
  if (time === undefined || otherTimes.length > 0 || !UNIX_SECONDS.test(time)) return undefined;
  if (signatures.length === 0 || signatures.length > MAX_SIGNATURES) return undefined;
  return signatures.every((signature) => HEX_SHA256.test(signature)) ? { time, signatures } : undefined;
}

/** Compares every pair, so that the time taken does not tell which one matched. */
function matchesAny({ body, secrets }: SignedWebhook, { time, signatures }: ParsedHeader): boolean {
  const given = signatures.map((signature) => Buffer.from(signature, 'hex'));
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => given.map((signature) => timingSafeEqual(signature, mac(secret, time, body))))
    .includes(true);
}

function mac(secret: string, time: string, body: string | Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`${time}.`).update(body).digest();
}
