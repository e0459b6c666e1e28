import { Inject, Injectable } from '@nestjs/common';
import { WaybillError } from '#libs/kernel/errors.js';
import { requireScope, TokenVerifier } from '#libs/security/tokens.js';
import { Sessions } from './sessions.js';

export const COOKIE = 'waybill-payloads';
export const UI_ORIGIN = Symbol('UI_ORIGIN');

/** What a request says of who sends it. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly origin?: string | undefined;
  readonly cookie?: string | undefined;
}

/**
 * Who may read payloads: an operator, by its token, or by the session that it was exchanged for. A browser sends the session by
 * itself, so it counts only on Temporal's own page; no other page may ask at all.
 */
@Injectable()
export class Admit {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly sessions: Sessions,
    @Inject(UI_ORIGIN) private readonly uiOrigin: string,
  ) {}

  /** @throws WaybillError FORBIDDEN for a page that is not Temporal's. */
  page(origin: string | undefined): void {
    if (origin === undefined || origin === this.uiOrigin) return;
    throw new WaybillError('FORBIDDEN', 'Payloads are shown on Temporal’s page alone: WAYBILL_TEMPORAL_UI_ORIGIN.');
  }

  /** @returns the operator's name. @throws WaybillError FORBIDDEN or UNAUTHENTICATED. */
  async reader({ authorization, origin, cookie }: Credentials): Promise<string> {
    this.page(origin);
    if (authorization !== undefined) return await this.operator(authorization);
    const session = origin === undefined ? undefined : this.sessions.find(valueOf(cookie));
    if (session !== undefined) return session.subject;
    throw new WaybillError('UNAUTHENTICATED', 'Open the link that `npx waybill payloads` prints, in this browser.');
  }

  /** @returns its name. @throws WaybillError FORBIDDEN without the scope `ops`, UNAUTHENTICATED without a valid token. */
  async operator(authorization: string | undefined): Promise<string> {
    const caller = await this.tokens.verifyAuthorization(authorization);
    requireScope(caller, 'ops');
    return caller.subject;
  }
}

function valueOf(cookies = ''): string | undefined {
  const named = cookies.split(/; */).find((each) => each.startsWith(`${COOKIE}=`));
  return named?.slice(COOKIE.length + 1);
}
