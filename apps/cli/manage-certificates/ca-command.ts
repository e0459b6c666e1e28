import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { IDENTITIES, isIdentity, type Identity } from '#libs/contracts/callers.js';
import { parseDuration } from '#libs/kernel/duration.js';
import { CERTIFICATE_LIFETIME_MS, openAuthority } from '#libs/security/authority.js';
import { filesIn, lookAtIdentity, rotateIdentities, type IdentityPlan } from '#libs/security/identity-folder.js';
import { print } from '../terminal/style.js';
import { table } from '../terminal/table.js';
import { allValid } from './ask-certificates.js';
import { certificateFolders } from './folders.js';
import { keepRenewed } from './keep-renewed.js';
import { renderPolicies } from './render-policies.js';

const JSON_FLAG = ['--json', 'machine-readable output'] as const;
const LIFETIME = ['--lifetime <duration>', 'how long the certificates last: 24h, 10m', lifetime] as const;

interface Options {
  readonly json?: boolean;
  readonly lifetime?: number;
}

/** `waybill ca`: the authority whose certificates the services believe, and the identities that it gives them. */
export function caCommand(): Command {
  const ca = new Command('ca').description('the certificates by which services know each other');
  ca.command('init')
    .description('make the authority, unless it is there')
    .option(...JSON_FLAG)
    .action(init);
  ca.command('issue')
    .argument('<identity>', IDENTITIES.join(', '), identity)
    .description('a new key and certificate for one identity')
    .option(...LIFETIME)
    .option(...JSON_FLAG)
    .action((name: Identity, options: Options) => issue([name], options));
  ca.command('rotate')
    .description('a new key and certificate for every identity; running services take them over without a dropped call')
    .option(...LIFETIME)
    .option(...JSON_FLAG)
    .action((options: Options) => issue(IDENTITIES, options));
  ca.command('keep').description('stay, and renew each certificate before half its time is over').action(keepRenewed);
  ca.command('show')
    .description('who has a certificate, and until when; exit code 1 where one is missing or has ended')
    .option(...JSON_FLAG)
    .action(show);
  ca.command('policies')
    .description('who may call what, for Istio, where a mesh does it instead')
    .option('--out <folder>', 'write two files there')
    .option('--namespace <namespace>', 'where the services run', 'waybill')
    .option('--trust-domain <domain>', 'of the mesh', 'cluster.local')
    .action(renderPolicies);
  return ca;
}

async function init({ json }: Options): Promise<void> {
  const { authority } = certificateFolders();
  const { ca } = await openAuthority(authority);
  const { fingerprint256, validTo } = new X509Certificate(ca);
  if (json) print(JSON.stringify({ folder: authority, fingerprint: fingerprint256, validTo }));
  else print(`the authority in ${authority}, valid until ${validTo}\nSHA-256 ${fingerprint256}`);
}

async function issue(identities: readonly Identity[], { json, lifetime }: Options): Promise<void> {
  const { authority, identities: root } = certificateFolders();
  const plan: IdentityPlan = { root, identities, lifetimeMs: lifetime ?? CERTIFICATE_LIFETIME_MS };
  await rotateIdentities(await openAuthority(authority), plan);
  if (json)
    print(
      JSON.stringify(
        identities.map((name) => ({ identity: name, ...filesIn(join(root, name)) })),
        null,
        2,
      ),
    );
  else for (const name of identities) print(`${name}: ${join(root, name)}`);
}

async function show({ json }: Options): Promise<void> {
  const { authority, identities: root } = certificateFolders();
  const { ca } = await openAuthority(authority);
  const found = await Promise.all(
    IDENTITIES.map(async (name) => ({ identity: name, ...(await lookAtIdentity(join(root, name), ca)) })),
  );
  if (!(await allValid(root, ca))) process.exitCode = 1;
  if (json) return print(JSON.stringify(found, null, 2));
  const rows = found.map(({ identity: name, validFrom, validTo }) => [
    name,
    validFrom?.toISOString() ?? '-',
    validTo?.toISOString() ?? 'no certificate of this authority',
  ]);
  print(table(['identity', 'from', 'until'], rows));
}

function identity(name: string): Identity {
  if (isIdentity(name)) return name;
  throw new InvalidArgumentError(`Known are: ${IDENTITIES.join(', ')}`);
}

function lifetime(text: string): number {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw new InvalidArgumentError('It is a duration such as 10m or 24h');
  return parsed;
}
