import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ERROR_RULES } from '#libs/contracts/errors.js';
import { PROBLEM_MEDIA_TYPE } from '#libs/contracts/http/problem.js';
import { WaybillError } from '#libs/kernel/errors.js';

/** Says why, in the form that the API has, and never anything of a payload. */
@Catch(WaybillError)
export class RefusalFilter implements ExceptionFilter<WaybillError> {
  catch({ code, message }: WaybillError, host: ArgumentsHost): void {
    const { http, title } = ERROR_RULES[code];
    const problem = { type: 'about:blank', title, status: http, code, detail: message };
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    reply.headers({ 'cache-control': 'no-store', 'content-type': PROBLEM_MEDIA_TYPE });
    void reply.status(http).send(JSON.stringify(problem));
  }
}
