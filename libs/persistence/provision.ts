import { Client, escapeIdentifier, escapeLiteral } from 'pg';

export interface ServiceDatabase {
  /** `orders` becomes database and role `waybill_orders`. */
  readonly service: string;
  readonly password: string;
}

export interface ProvisionPlan {
  /** A superuser's URL. */
  readonly adminUrl: string;
  readonly databases: readonly ServiceDatabase[];
  readonly auditorPassword: string;
  /** {@link AUDITOR} unless several systems share the server. */
  readonly auditor?: string;
}

/** Reads every database, writes none: `waybill verify` looks through it. */
export const AUDITOR = 'waybill_auditor';

/** Database and role of a service share their name. */
export function databaseName(service: string): string {
  return `waybill_${service.replaceAll('-', '_')}`;
}

export function databaseUrl(adminUrl: string, role: string, password: string, database: string): string {
  const url = new URL(adminUrl);
  return Object.assign(url, { username: role, password, pathname: `/${database}` }).toString();
}

/**
 * Makes what is missing of: one role and one database per service that nobody else may connect to, and the auditor,
 * which may read them all. Repeatable; passwords are set anew each time.
 */
export async function provision({
  adminUrl,
  databases,
  auditorPassword,
  auditor = AUDITOR,
}: ProvisionPlan): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    await ensureRole(admin, auditor, auditorPassword);
    for (const { service, password } of databases) {
      const name = databaseName(service);
      await ensureRole(admin, name, password);
      await ensureDatabase(admin, name, auditor);
    }
  });
  await Promise.all(databases.map(({ service }) => letAuditorRead(adminUrl, databaseName(service), auditor)));
}

async function ensureRole(admin: Client, role: string, password: string): Promise<void> {
  const { rowCount } = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
  const verb = rowCount === 0 ? 'create' : 'alter';
  await admin.query(`${verb} role ${escapeIdentifier(role)} login password ${escapeLiteral(password)}`);
}

async function ensureDatabase(admin: Client, name: string, auditor: string): Promise<void> {
  const id = escapeIdentifier(name);
  const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [name]);
  if (rowCount === 0) await admin.query(`create database ${id} owner ${id}`);
  await admin.query(`revoke connect, temporary on database ${id} from public`);
  await admin.query(`grant connect on database ${id} to ${escapeIdentifier(auditor)}`);
}

async function letAuditorRead(adminUrl: string, name: string, reader: string): Promise<void> {
  const [owner, auditor] = [escapeIdentifier(name), escapeIdentifier(reader)];
  await withClient(Object.assign(new URL(adminUrl), { pathname: `/${name}` }).toString(), async (client) => {
    await client.query(`revoke create on schema public from public`);
    await client.query(`grant usage, create on schema public to ${owner}`);
    await client.query(`grant usage on schema public to ${auditor}`);
    await client.query(`grant select on all tables in schema public to ${auditor}`);
    await client.query(
      `alter default privileges for role ${owner} in schema public grant select on tables to ${auditor}`,
    );
  });
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
