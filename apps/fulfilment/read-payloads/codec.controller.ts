import {
  Body,
  Controller,
  Get,
  Header,
  Headers,
  HttpCode,
  Inject,
  Options,
  Post,
  Res,
  UseFilters,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { WaybillError } from '#libs/kernel/errors.js';
import { parse } from '#libs/kernel/parse.js';
import { logger } from '#libs/telemetry/logger.js';
import { EncryptingCodec, isEncrypted, UndecodablePayload } from '#libs/temporal/encrypting-codec.js';
import { Admit, COOKIE, UI_ORIGIN, type Credentials } from './admit.js';
import { PAGE, PAGE_POLICY } from './page.js';
import { RefusalFilter } from './refusal.filter.js';
import { Sessions } from './sessions.js';
import { fromWire, toWire, wirePayloads, type WirePayloads } from './wire.js';

export const SESSION_MS = Symbol('SESSION_MS');

/**
 * Temporal's remote codec, for reading only: its page and its command line send what they cannot read, and get it in clear text
 * when an operator asks.
 */
@Controller('codec')
@UseFilters(RefusalFilter)
export class CodecController {
  constructor(
    private readonly admit: Admit,
    private readonly codec: EncryptingCodec,
    private readonly sessions: Sessions,
    @Inject(UI_ORIGIN) private readonly uiOrigin: string,
    @Inject(SESSION_MS) private readonly sessionMs: number,
  ) {}

  @Options('decode')
  @HttpCode(204)
  preflight(@Headers() { origin }: Credentials, @Res({ passthrough: true }) reply: FastifyReply): void {
    this.admit.page(origin);
    letPageRead(origin, reply);
  }

  @Post('decode')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async decode(
    @Headers() sent: Credentials,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WirePayloads> {
    this.admit.page(sent.origin);
    const asked = parse(wirePayloads, body);
    // What is readable without a key is readable without a right: else the page, which asks for all, would show nobody anything.
    const secret = asked.payloads.map(fromWire).filter(isEncrypted);
    const reader = secret.length > 0 ? await this.admit.reader(sent) : undefined;
    letPageRead(sent.origin, reply);
    const payloads = await this.read(asked);
    if (reader !== undefined) logger().info({ reader, payloads: secret.length }, 'an operator reads payloads');
    return { payloads };
  }

  /** The link leads here. The token is behind its #, which no browser sends: the page exchanges it for a session. */
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', PAGE_POLICY)
  @Header('referrer-policy', 'no-referrer')
  @Header('cache-control', 'no-store')
  page(): string {
    return PAGE;
  }

  @Post('session')
  @HttpCode(204)
  async open(
    @Headers() { authorization }: Credentials,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const operator = await this.admit.operator(authorization);
    const session = this.sessions.open(operator, this.sessionMs);
    const lasts = `Max-Age=${Math.floor(this.sessionMs / 1_000)}`;
    const secure = this.uiOrigin.startsWith('https:') ? '; Secure' : '';
    reply.header('set-cookie', `${COOKIE}=${session}; Path=/codec; ${lasts}; HttpOnly; SameSite=Strict${secure}`);
    logger().info({ reader: operator }, 'an operator may read payloads in a browser');
  }

  private async read({ payloads }: WirePayloads): Promise<WirePayloads['payloads']> {
    try {
      return (await this.codec.decode(payloads.map(fromWire))).map(toWire);
    } catch (error) {
      if (!(error instanceof UndecodablePayload)) throw error;
      throw new WaybillError('INVALID_REQUEST', `${error.code}: ${error.message}`, {}, { cause: error });
    }
  }
}

/** Temporal's page is told that it may see the answer; whoever comes from nowhere needs no telling. */
function letPageRead(origin: string | undefined, reply: FastifyReply): void {
  if (origin === undefined) return;
  reply.headers({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization, authorization-extras, content-type, x-namespace',
    'access-control-max-age': '600',
    vary: 'origin',
  });
}
