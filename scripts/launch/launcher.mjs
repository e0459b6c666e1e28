import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, isBuilt } from '../build.mjs';
import { ENGINE_PORTS, ENGINES, startEngine } from '../engines/engines.mjs';
import { endLeftovers, openRegistry } from '../engines/leftovers.mjs';
import { choosePorts } from '../engines/ports.mjs';
import { keepIdentities } from './certificates.mjs';
import { collectTraces } from './collect-traces.mjs';
import { serveControl } from './control.mjs';
import { writeRunFile } from './run-file.mjs';
import { startService } from './service-process.mjs';
import { SERVICES_WITH_DATABASE } from './services.mjs';
import { payloadKeysOf, secretsOf } from './secrets.mjs';
import { choose, environmentOf, processesOf } from './system.mjs';
import { progressReporter, say, sayDone, sayNote } from './terminal.mjs';
import { Unit } from './unit.mjs';

const SEARCH_ATTRIBUTES = {
  WaybillOrderId: 'Keyword',
  WaybillCustomerId: 'Keyword',
  WaybillStatus: 'Keyword',
  WaybillNeedsAttention: 'Bool',
};

/** Port of the process that reads payloads. */
const CODEC = 'fulfilment.http';

/** The README has the same line. */
const CURL = `curl -sS "$(npx waybill url)/v1/orders" -H "Authorization: Bearer $(npx waybill token)" -H "Idempotency-Key: $(date +%s)" -H "Content-Type: application/json" -d '{"items":[{"sku":"MUG-ENAMEL","quantity":2}],"paymentMethod":"pm_ok","shippingAddress":{"name":"Ada Lovelace","line1":"Marktplatz 1","city":"Leipzig","postalCode":"04109","country":"DE"}}'`;

/** One run of the system in one checkout. */
export class Launcher {
  /** @type {Map<string, Unit>} */
  units = new Map();
  #engines = {};
  #registry;
  #control;
  #collector;
  #codec = '';
  #system;
  #processes = processesOf();

  constructor({ root, folder }) {
    this.root = root;
    this.folder = folder;
  }

  /** Makes this the only launcher of the checkout, and ends what an earlier one left behind. */
  async claim(onLeftover) {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.#registry = await openRegistry(this.folder, (ended) => ended.forEach(onLeftover));
  }

  /** Services come up beside RabbitMQ, which takes the longest and which they can do without for a while. */
  async start() {
    // Temporal's page is told where payloads are read, before that is there.
    const { [CODEC]: codec, ...ports } = await choosePorts(this.folder, [...ENGINE_PORTS, CODEC]);
    this.#codec = `http://127.0.0.1:${codec}/codec`;
    const located = Object.fromEntries(ENGINES.map((name) => [name, Promise.withResolvers()]));
    const built = this.#build();
    const engines = ENGINES.map((name) => this.#startEngine(name, ports, located[name].resolve));
    const known = Promise.all([built, ...ENGINES.map((name) => located[name].promise)]);
    const broker = Promise.all([built, engines[ENGINES.indexOf('rabbitmq')]]).then(() => this.#prepareBroker());
    await Promise.all([...engines, broker, known.then(() => this.#startServices())]);
    await this.#openControl();
  }

  /** From here on `waybill stop|start` is heard, and `run.json` says where everything is. */
  async #openControl() {
    this.#control = await serveControl({
      port: this.#system.ports.control,
      token: this.#system.secrets.control,
      units: this.units,
      changed: async () => this.#writeRunFile(),
    });
    this.#writeRunFile();
  }

  async #build() {
    const since = Date.now();
    if (await isBuilt()) return;
    await build();
    sayDone('build', 'services compiled, workflows bundled', since);
  }

  async #startEngine(name, ports, located) {
    const since = Date.now();
    const context = {
      dir: this.folder,
      env: process.env,
      registry: this.#registry,
      report: progressReporter(),
      searchAttributes: SEARCH_ATTRIBUTES,
      codec: this.#codec,
      announce: (where) => located((this.#engines[name] ??= where)),
    };
    const unit = this.#add(new Unit(name, async () => (this.#engines[name] = await startEngine(name, ports, context))));
    await unit.start();
    located();
    const { source, version = '', address, url } = this.#engines[name];
    sayDone(name, `${version} (${source}) at ${address ?? new URL(url).host}`.trim(), since);
  }

  async #startServices() {
    const since = Date.now();
    await this.#prepare();
    await Promise.all(this.#processes.map((service) => this.#startService(service)));
    sayDone('services', `${this.#processes.length} processes ready`, since);
  }

  async #startService(service) {
    const { process: name, name: app } = service;
    const unit = new Unit(name, () =>
      startService({
        name,
        app,
        root: this.root,
        folder: this.folder,
        env: environmentOf(service, this.#system, this.#processes),
        registry: this.#registry,
      }),
    );
    await this.#add(unit).start();
  }

  #add(unit) {
    this.units.set(unit.name, unit);
    unit.on('restarted', () => this.#writeRunFile());
    return unit;
  }

  /** Databases and roles, tokens, and what the services are told of each other. */
  async #prepare() {
    const load = (path) => import(join(this.root, 'dist', path));
    const { provision, databaseUrl, databaseName, AUDITOR } = await load('libs/persistence/provision.js');
    const { brokerUrl } = await load('libs/messaging/provision-broker.js');
    const { openDevIssuer } = await load('libs/security/dev-issuer.js');
    const [secrets, ports, issuer, identities] = [
      secretsOf(this.folder),
      await choose(this.folder, this.#processes),
      await openDevIssuer(join(this.folder, 'issuer')),
      await keepIdentities(this.folder, load),
    ];
    const { postgres: database, temporal: orchestrator, rabbitmq: broker } = this.#engines;
    const passwordOf = (service) => secrets[`database.${service}`];
    await provision({
      adminUrl: database.url,
      databases: SERVICES_WITH_DATABASE.map((service) => ({ service, password: passwordOf(service) })),
      auditorPassword: secrets.auditor,
    });
    if (process.env.WAYBILL_TRACES === 'on')
      this.#collector = await collectTraces({ port: ports.traces, folder: this.folder });
    this.#system = {
      root: this.root,
      folder: this.folder,
      secrets,
      ports,
      gateway: `http://127.0.0.1:${ports['gateway.http']}`,
      http: (service) => `http://127.0.0.1:${ports[`${service}.http`]}`,
      temporal: {
        address: orchestrator.address,
        namespace: orchestrator.namespace,
        ...(orchestrator.ui && { ui: orchestrator.ui, codec: this.#codec }),
      },
      payloadKeys: payloadKeysOf(this.folder),
      postgres: { url: database.url },
      auditor: databaseUrl(database.url, AUDITOR, secrets.auditor, 'postgres'),
      rabbitmq: { url: broker.url, management: broker.management },
      amqp: (service) =>
        broker.management ? brokerUrl(broker.url, service, secrets[`broker.${service}`]) : broker.url,
      identities,
      collector: this.#collector?.url,
      issuer: { WAYBILL_JWKS_URL: issuer.jwksUrl, WAYBILL_TOKEN_ISSUER: issuer.issuer },
      database: (service) =>
        databaseUrl(database.url, databaseName(service), passwordOf(service), databaseName(service)),
    };
    this.tokens = {
      customer: await issuer.issueToken({ subject: 'cus-ada', scopes: ['orders:read', 'orders:write'] }),
      otherCustomer: await issuer.issueToken({ subject: 'cus-grace', scopes: ['orders:read', 'orders:write'] }),
      operator: await issuer.issueToken({ subject: 'operator', scopes: ['orders:read', 'orders:write', 'ops'] }),
    };
  }

  /** Queues and users, once the broker is there; services that came up before it try until they are let in. */
  async #prepareBroker() {
    const { url, management } = this.#engines.rabbitmq;
    if (!management) return;
    const { provisionBroker } = await import(join(this.root, 'dist', 'libs/messaging/provision-broker.js'));
    const secrets = secretsOf(this.folder);
    await provisionBroker({
      adminUrl: url,
      managementUrl: management,
      passwordOf: (service) => secrets[`broker.${service}`],
    });
  }

  #writeRunFile() {
    if (!this.#system) return; // an engine that was restarted before there was anything to write
    writeRunFile({
      system: this.#system,
      processes: this.#processes,
      units: this.units,
      tokens: this.tokens,
      auditorUrl: this.#system.auditor,
    });
  }

  /** @returns {Promise<boolean>} whether every sample order ended as it should */
  async show({ once, startedAt }) {
    const { showSamples } = await import(join(this.root, 'dist', 'apps', 'cli', 'show', 'show-samples.js'));
    return showSamples({ url: this.#system.gateway, token: this.tokens.customer, startedAt, untilDelivered: once });
  }

  sayLinks() {
    const {
      gateway,
      temporal: { ui },
      rabbitmq: { management },
    } = this.#system;
    const broker = management && Object.assign(new URL(management), { username: '', password: '' }).origin;
    say('');
    sayNote('API', `${gateway}/docs`);
    if (ui) sayNote('Temporal', `${ui}/namespaces/default/workflows`);
    if (broker) sayNote('RabbitMQ', `${broker} (user and password: .waybill/run.json)`);
    if (this.#collector) sayNote('traces', 'npx waybill trace <order>');
    sayNote('logs', join(this.folder, 'logs'));
    say(`\n  Place an order of your own:\n\n${CURL}\n`);
  }

  /** From here on, whatever dies or returns is told as it happens. */
  announceFailures(died, returned) {
    for (const unit of this.units.values()) {
      unit.on('died', (how) => died(unit.name, `${describe(how)}; starting it again`));
      unit.on('failed', (error) => died(unit.name, error.message));
      unit.on('restarted', () => returned(unit.name, 'running again'));
    }
  }

  async stop() {
    rmSync(join(this.folder, 'run.json'), { force: true });
    this.#control?.close();
    this.#system?.identities?.close();
    const services = [...this.units.values()].filter(({ name }) => !ENGINES.includes(name));
    await Promise.all(services.map((unit) => unit.stop()));
    await Promise.all(ENGINES.map((name) => this.units.get(name)?.stop()));
    this.#collector?.close();
    // What was still starting is in the record, though no unit runs it yet.
    await endLeftovers(this.folder);
    this.#registry?.close();
  }
}

function describe({ code, signal }) {
  return signal ? `was killed by ${signal}` : `exited with code ${code}`;
}
