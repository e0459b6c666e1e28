import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type CarrierSimulatorConfig } from '../carrier-simulator.config.js';
import { EasyPostError } from './easypost-error.js';

/** Basic authentication with the API key as the user name and no password. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(@Inject(CONFIG) private readonly config: CarrierSimulatorConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const { authorization = '' } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    const [scheme = '', credentials = ''] = authorization.split(' ');
    const [key = ''] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
    if (scheme.toLowerCase() === 'basic' && sameText(key, this.config.WAYBILL_CARRIER_API_KEY)) return true;
    throw new EasyPostError(401, 'UNAUTHORIZED', 'Authentication credentials are invalid.');
  }
}

function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
