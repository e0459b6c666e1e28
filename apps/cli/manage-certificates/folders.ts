import { join } from 'node:path';

export interface CertificateFolders {
  /** The authority with its key. */
  readonly authority: string;
  /** A folder per identity. */
  readonly identities: string;
}

/** Where certificates are: those of this checkout, unless the environment says otherwise. */
export function certificateFolders(): CertificateFolders {
  const folder = process.env['WAYBILL_FOLDER'] ?? join(process.cwd(), '.waybill');
  return {
    authority: process.env['WAYBILL_CA_DIR'] ?? join(folder, 'ca'),
    identities: process.env['WAYBILL_IDENTITIES_DIR'] ?? join(folder, 'identities'),
  };
}
