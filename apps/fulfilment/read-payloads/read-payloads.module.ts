import { Module, type DynamicModule } from '@nestjs/common';
import { TokenVerifier } from '#libs/security/tokens.js';
import { EncryptingCodec } from '#libs/temporal/encrypting-codec.js';
import type { Keyring } from '#libs/temporal/keyring.js';
import { Admit, UI_ORIGIN } from './admit.js';
import { CodecController, SESSION_MS } from './codec.controller.js';
import { Sessions } from './sessions.js';

export interface ReadPayloadsOptions {
  readonly keys: Keyring;
  readonly tokens: TokenVerifier;
  /** The one page that may ask. */
  readonly uiOrigin: string;
  readonly sessionMs: number;
}

/** Shows an operator in Temporal's page what is encrypted there. */
@Module({})
export class ReadPayloadsModule {
  static with({ keys, tokens, uiOrigin, sessionMs }: ReadPayloadsOptions): DynamicModule {
    return {
      module: ReadPayloadsModule,
      controllers: [CodecController],
      providers: [
        { provide: TokenVerifier, useValue: tokens },
        { provide: EncryptingCodec, useValue: new EncryptingCodec(keys) },
        { provide: Sessions, useValue: new Sessions(keys) },
        { provide: UI_ORIGIN, useValue: uiOrigin },
        { provide: SESSION_MS, useValue: sessionMs },
        Admit,
      ],
    };
  }
}
