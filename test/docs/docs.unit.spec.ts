import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { ERROR_RULES } from '#libs/contracts/errors.js';
import { definitionOf, EVENT_TYPES } from '#libs/contracts/events.js';
import { OPERATIONS } from '#libs/contracts/http/operations.js';
import { RETRY_AFTER_S } from '#libs/contracts/http/problem.js';
import { databaseName } from '#libs/persistence/provision.js';
import { ERRORS_PAGE } from '../../apps/gateway/describe-api/errors-page.js';
import { isPaymentMethod } from '../../apps/payment-simulator/outcomes.js';
import { anchorsOf, codesIn, documents, filesIn, linksOf, plain, read, root, rowsOf, section } from './documents.js';
import { exampleVariables, serviceConfigs, variablesRead, type Variable } from './environment.js';

const api = read('docs/api.md');
const everything = documents()
  .map(({ text }) => text)
  .join('\n');

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, found = '']) => found))].sort();
}

type Need = { readonly need: 'required' | 'optional' } | { readonly need: 'default'; readonly value: unknown };

/** What a service's schema says of a variable. */
function needOf(schema: z.ZodType): Need {
  const absent = schema.safeParse(undefined);
  if (!absent.success) return { need: 'required' };
  return absent.data === undefined ? { need: 'optional' } : { need: 'default', value: absent.data };
}

/** What .env.example says of it; `invalid` when the schema does not take the example. */
function meaningOf(name: string, schema: z.ZodType, variable: Variable | undefined): object {
  const example = schema.safeParse(variable?.value);
  if (variable === undefined || !example.success) return { name, need: variable && 'invalid' };
  if (!variable.set) return { name, need: 'optional' };
  return variable.comment.startsWith('Required.')
    ? { name, need: 'required' }
    : { name, need: 'default', value: example.data };
}

describe('a link', () => {
  const links = documents().flatMap((document) => linksOf(document).map((link) => ({ from: document.path, ...link })));

  it('leads to a file or folder of this project', () => {
    expect(links.length).toBeGreaterThan(100);
    expect(links.filter(({ file }) => file.startsWith('..') || !existsSync(join(root, file)))).toEqual([]);
  });

  it('with an anchor leads to a heading', () => {
    const anchored = links.filter(({ anchor, file }) => anchor !== undefined && existsSync(join(root, file)));
    const broken = anchored.filter(
      ({ file, anchor = '' }) => !file.endsWith('.md') || !anchorsOf(read(file)).includes(anchor),
    );
    expect(broken).toEqual([]);
  });

  it('of docs/correctness.md to a test names a title that stands there', () => {
    const toTests = links.filter(
      ({ from, file }) => from === 'docs/correctness.md' && /(\.spec|contract)\.ts$/.test(file),
    );
    expect(toTests.length).toBeGreaterThan(60);
    const source = (file: string): string => plain(read(file));
    expect(
      toTests.filter(({ file, words }) => file !== 'test/docs/docs.unit.spec.ts' && !source(file).includes(words)),
    ).toEqual([]);
  });
});

describe('.env.example', () => {
  const variables = exampleVariables();
  const names = new Set(variables.map(({ name }) => name));

  it('has every variable that is read, and no other', async () => {
    const configured = [...(await serviceConfigs()).values()].flatMap((config) => Object.keys(config.shape));
    const wanted = new Set([...configured, ...variablesRead()]);
    expect([...wanted].filter((name) => !names.has(name))).toEqual([]);
    expect([...names].filter((name) => !wanted.has(name))).toEqual([]);
  });

  it('tells of each service what it requires, and the defaults of the rest', async () => {
    const configs = await serviceConfigs();
    expect(configs.size).toBe(14);
    const shared = variables.filter((variable) => /^(every service|services )/.test(variable.section));
    for (const [service, { shape }] of configs) {
      const own = variables.filter((variable) => variable.section === service);
      const told = Object.keys(shape).map((name) => [...own, ...shared].find((variable) => variable.name === name));
      expect(Object.entries(shape).map(([name, schema], place) => meaningOf(name, schema, told[place]))).toEqual(
        Object.entries(shape).map(([name, schema]) => ({ name, ...needOf(schema) })),
      );
      expect(own.filter(({ name }) => !Object.hasOwn(shape, name))).toEqual([]);
    }
  });

  it('explains each', () => {
    expect(variables.filter(({ comment }) => comment === '')).toEqual([]);
  });
});

describe('docs/api.md', () => {
  const errors = section(api, '## Errors');

  it('has every error code with its meaning on both transports, and no other', () => {
    const told = rowsOf(errors).flatMap(([code = '', http, grpc = '']) =>
      /^`[A-Z_]+`$/.test(code) ? [[...codesIn(code), Number(http), ...codesIn(grpc)]] : [],
    );
    const reserved = [...errors.matchAll(/`([A-Z_]+)` \((\d{3})\)/g)].map(([, code = '', http]) => [
      code,
      Number(http),
    ]);
    const tabled = new Set(told.map(([code]) => code));
    const rules = Object.entries(ERROR_RULES).map(([code, { http, grpc }]) =>
      tabled.has(code) ? [code, http, status[grpc]] : [code, http],
    );
    expect([...told, ...reserved].sort()).toEqual(rules.sort());
  });

  it('tells the codes of the public API from those that only services say', () => {
    const [answered = ''] = errors.split('These are said between services');
    const codes = rowsOf(answered).flatMap(([code = '']) => codesIn(code));
    expect(codes.sort()).toEqual(matches(ERRORS_PAGE, /<tr id="([A-Z_]+)">/g));
  });

  it('says after how long a refused request may be tried again', () => {
    const told = rowsOf(errors).flatMap(([code = '', , , when = '']) => {
      const [, seconds] = /`Retry-After: (\d+)`/.exec(when) ?? [];
      return seconds === undefined ? [] : [[...codesIn(code), Number(seconds)]];
    });
    expect(told.sort()).toEqual(Object.entries(RETRY_AFTER_S).sort());
  });

  it('has every route with who may call it, and no other', () => {
    const told = rowsOf(section(api, '### Routes')).filter(([route = '']) => /^`[A-Z]+ \//.test(route));
    const rows = told.map(([route = '', who = '']) => `${codesIn(route).join('')}: ${codesIn(who).join(' ') || who}`);
    const declared = OPERATIONS.map(({ method, path, access }) => {
      const who = access.kind === 'public' ? 'signature' : access.scopes.join(' ') || 'any token';
      return `${method.toUpperCase()} ${path}: ${who}`;
    });
    expect(rows.sort()).toEqual(declared.sort());
  });

  it('has every gRPC method, and no other', () => {
    const told = rowsOf(section(api, '## gRPC')).flatMap(([service = '', methods = '']) =>
      codesIn(methods).map((method) => `${codesIn(service).join('')}/${method}`),
    );
    const declared = filesIn('libs/contracts/proto', /\.proto$/).flatMap((file) => {
      const [, name] = /^package (.+);$/m.exec(read(file)) ?? [];
      return read(file)
        .split(/^service /m)
        .slice(1)
        .flatMap((service) =>
          matches(service, /^ {2}rpc (\w+)/gm).map((method) => `${name}.${/^\w+/.exec(service)?.[0]}/${method}`),
        );
    });
    expect(told.sort()).toEqual(declared.sort());
  });

  it('has every event that is told, with its producer, and no other', () => {
    const told = rowsOf(section(api, '## Events')).flatMap(([producer, , types = '']) =>
      codesIn(types).map((type) => [type, producer]),
    );
    const isTold = ([type, producer]: [string, string]): boolean =>
      filesIn(`apps/${producer}`, /\.ts$/).some(
        (file) => !/(\.spec\.ts$|\/testing\/)/.test(file) && read(file).includes(`'${type}'`),
      );
    expect(told.filter(([type]) => /^[A-Z]/.test(type ?? '')).sort()).toEqual(
      EVENT_TYPES.map((type): [string, string] => [type, definitionOf(type).producer])
        .filter(isTold)
        .sort(),
    );
  });
});

describe('the documents', () => {
  it('show the same line to place an order as `npm start` does', () => {
    const [, launched] = /const CURL = `([^`]*)`;/.exec(read('scripts/launch/launcher.mjs')) ?? [];
    expect(matches(read('README.md'), /^(curl .*)$/gm)).toEqual([launched]);
  });

  it('name only npm scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...matches(everything, /\bnpm run ([\w:-]*\w)/g), ...matches(everything, /\bnpm (start|test)\b/g)];
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('name only subcommands of waybill that there are, and docs/api.md has all of them', () => {
    const source = filesIn('apps/cli', /\.ts$/)
      .map((file) => read(file))
      .join('\n');
    const known = matches(source, /(?:\.command|new Command)\('([a-z]+)'\)/g).filter((name) => name !== 'waybill');
    const commands = section(api, '## Commands');
    expect(matches(everything, /\bnpx waybill ([a-z]+)/g).filter((name) => !known.includes(name))).toEqual([]);
    expect(known.filter((name) => !new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\``).test(commands))).toEqual([]);
  });

  it('name only apps that `npx nest` can start', () => {
    const { projects } = JSON.parse(read('nest-cli.json')) as { projects: Record<string, unknown> };
    const named = matches(everything, /\bnpx nest (?:start|build) ([a-z-]+)/g);
    expect(named).not.toEqual([]);
    expect(named.filter((name) => projects[name] === undefined)).toEqual([]);
  });

  it('name only metrics that there are, and all of them', () => {
    const source = ['apps', 'libs']
      .flatMap((folder) => filesIn(folder, /\.ts$/))
      .filter((file) => !/(\.spec\.ts$|\/testing\/)/.test(file));
    const metrics = source.flatMap((file) => matches(read(file), /\b(?:counter|gauge|histogram)\(\s*'(\w+)'/g));
    const databases = [
      ...filesIn('apps', /^apps\/[^/]+\/main\.ts$/).map((file) => databaseName(file.split('/')[1] ?? '')),
      'waybill_auditor',
    ];
    const named = matches(everything, /`((?:waybill|payments)_[a-z_]+)/g).map((name) =>
      name.replace(/_(count|sum|bucket)$/, ''),
    );
    expect(named.filter((name) => !metrics.includes(name) && !databases.includes(name))).toEqual([]);
    expect(metrics.filter((name) => !named.includes(name))).toEqual([]);
  });

  it('name only payment methods that the simulator knows', () => {
    const named = matches(everything, /\b(pm_[a-z]\w*)/g);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !isPaymentMethod(name))).toEqual([]);
  });
});
