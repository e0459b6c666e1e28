import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { Controller, Get, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { WaybillError } from '#libs/kernel/errors.js';
import { DOCS_PAGE, DOCS_SCRIPT, DOCS_STYLE } from './docs-page.js';
import { ERRORS_PAGE } from './errors-page.js';
import { openApiDocument } from './openapi.js';

interface Asset {
  readonly type: string;
  readonly content: string | Buffer;
}

/** Nothing from elsewhere: the page works without the internet, and nobody else learns of its use. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The API described: for machines at /openapi.json, for people at /docs. */
@Controller()
export class DocsController {
  private readonly document = JSON.stringify(openApiDocument());
  private readonly assets: ReadonlyMap<string, Asset> = new Map([
    ['page.js', { type: 'text/javascript', content: DOCS_SCRIPT }],
    ['page.css', { type: 'text/css', content: DOCS_STYLE }],
    ['swagger-ui.js', { type: 'text/javascript', content: fromSwaggerUi('swagger-ui-bundle.js') }],
    ['swagger-ui.css', { type: 'text/css', content: fromSwaggerUi('swagger-ui.css') }],
    ['favicon.png', { type: 'image/png', content: fromSwaggerUi('favicon-32x32.png') }],
  ]);

  @Get('openapi.json')
  async openApi(@Res() reply: FastifyReply): Promise<void> {
    await reply.headers({ 'content-type': 'application/json', 'cache-control': 'no-cache' }).send(this.document);
  }

  @Get()
  async home(@Res() reply: FastifyReply): Promise<void> {
    await reply.redirect('/docs', 302);
  }

  @Get('docs')
  async page(@Res() reply: FastifyReply): Promise<void> {
    await sendPage(reply, DOCS_PAGE);
  }

  @Get('docs/errors')
  async errors(@Res() reply: FastifyReply): Promise<void> {
    await sendPage(reply, ERRORS_PAGE);
  }

  @Get('docs/assets/:name')
  async asset(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const asset = this.assets.get(name);
    if (asset === undefined) throw new WaybillError('NOT_FOUND', 'The page has no such part.');
    await reply.headers({ 'content-type': asset.type, 'cache-control': 'max-age=3600' }).send(asset.content);
  }
}

async function sendPage(reply: FastifyReply, page: string): Promise<void> {
  await reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': PAGE_POLICY,
      'cache-control': 'no-cache',
    })
    .send(page);
}

function fromSwaggerUi(file: string): Buffer {
  return readFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${file}`));
}
