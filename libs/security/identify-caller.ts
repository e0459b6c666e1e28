import { Injectable } from '@nestjs/common';
import { callContext } from '#libs/grpc/call-context.js';
import { requireScope, TokenVerifier, type Caller, type Scope } from './tokens.js';

/** Whose orders a caller may see: its own, or, for an operator, everybody's. */
export type Owner = { readonly kind: 'customer'; readonly customerId: string } | { readonly kind: 'anybody' };

/** Who is calling, by the token that came with the call: a service with customers' data takes nobody else's word for it. */
@Injectable()
export class IdentifyCaller {
  constructor(private readonly tokens: TokenVerifier) {}

  /** @throws WaybillError UNAUTHENTICATED, or FORBIDDEN without one of the scopes. */
  async withScope(...anyOf: readonly Scope[]): Promise<Caller> {
    const caller = await this.tokens.verifyAuthorization(callContext().authorization);
    requireScope(caller, ...anyOf);
    return caller;
  }

  /** Whose orders the caller may read. @throws as `withScope` does. */
  async reader(): Promise<Owner> {
    return ownerOf(await this.withScope('orders:read', 'ops'));
  }
}

/** Whose orders a caller may touch. */
export function ownerOf({ kind, subject }: Caller): Owner {
  return kind === 'operator' ? { kind: 'anybody' } : { kind: 'customer', customerId: subject };
}
