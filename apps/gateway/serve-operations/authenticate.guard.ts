import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { WaybillError } from '#libs/kernel/errors.js';
import { requireScope, TokenVerifier } from '#libs/security/tokens.js';
import { notesOf } from '../trace-requests/request-notes.js';
import { operationServedBy } from './operation.decorator.js';

/** Lets in who carries a valid token with a scope of the operation. Whose order it is, the service behind decides. */
@Injectable()
export class AuthenticateGuard implements CanActivate {
  constructor(private readonly tokens: TokenVerifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = operationServedBy(context)?.access;
    if (access?.kind !== 'token') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = await this.tokens.verifyAuthorization(onlyAuthorization(request));
    if (access.scopes.length > 0) requireScope(caller, ...access.scopes);
    notesOf(request).caller = caller;
    return true;
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
