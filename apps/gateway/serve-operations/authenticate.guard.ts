import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isWaybillError, WaybillError } from '#libs/kernel/errors.js';
import { requireScope, TokenVerifier, type Caller } from '#libs/security/tokens.js';
import { RateLimits } from '../limit-rates/rate-limits.js';
import { notesOf } from '../trace-requests/request-notes.js';
import { operationServedBy } from './operation.decorator.js';
import { tellDeprecation } from './tell-deprecation.js';

/** Lets in who carries a valid token with a scope of the operation. Whose order it is, the service behind decides. */
@Injectable()
export class AuthenticateGuard implements CanActivate {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const operation = operationServedBy(context);
    if (operation === undefined) return true;
    const http = context.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    tellDeprecation(operation, reply);
    const { access } = operation;
    if (access.kind !== 'token') return true;
    const caller = await this.identify(request, reply);
    if (access.scopes.length > 0) requireScope(caller, ...access.scopes);
    notesOf(request).caller = caller;
    return true;
  }

  /** Who fails too often is told so in place of why. */
  private async identify(request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
    try {
      return await this.tokens.verifyAuthorization(onlyAuthorization(request));
    } catch (error) {
      if (isWaybillError(error, 'UNAUTHENTICATED')) await this.limits.ofFailure(request.ip, reply);
      throw error;
    }
  }
}

/** Of two Authorization headers, one hop would believe the first and another the last. */
function onlyAuthorization({ raw }: FastifyRequest): string | undefined {
  const names = raw.rawHeaders.filter((_, place) => place % 2 === 0);
  if (names.filter((name) => name.toLowerCase() === 'authorization').length > 1) {
    throw new WaybillError('UNAUTHENTICATED', 'Send the Authorization header once.');
  }
  return raw.headers.authorization;
}
