import { join } from 'node:path';
import { z } from 'zod';
import { filesIn, read, root } from './documents.js';

export interface Variable {
  /** Of .env.example: a service, or what several have in common. */
  readonly section: string;
  readonly name: string;
  readonly value: string;
  /** Not commented out: it is required, or the value is its default. */
  readonly set: boolean;
  /** The line above it. */
  readonly comment: string;
}

/** What .env.example says. */
export function exampleVariables(): Variable[] {
  const variables: Variable[] = [];
  let section = '';
  let comment = '';
  for (const line of read('.env.example').split('\n')) {
    const [, title] = /^# == (.+) ==$/.exec(line) ?? [];
    const [, off, name, value = ''] = /^(# )?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (title !== undefined) section = title;
    else if (name !== undefined) variables.push({ section, name, value, set: off === undefined, comment });
    comment = (title ?? name) === undefined ? line.replace(/^# ?/, '') : '';
  }
  return variables;
}

/** A service's schema: what each variable has to be. */
export interface Configuration {
  readonly shape: Readonly<Record<string, z.ZodType>>;
}

/** Each service's configuration, by the service's name. */
export async function serviceConfigs(): Promise<Map<string, Configuration>> {
  const configs = new Map<string, Configuration>();
  for (const file of filesIn('apps', /^apps\/[^/]+\/([^/]+\.)?config\.ts$/)) {
    const exported = Object.values((await import(join(root, file))) as Record<string, unknown>);
    const [, service = ''] = file.split('/');
    for (const schema of exported) if (schema instanceof z.ZodObject) configs.set(service, schema);
  }
  return configs;
}

/** The shell's, an engine's and Jest's own. */
const NOT_OURS = new Set(['HOME', 'PATH', 'RABBITMQ_NODENAME', 'JEST_WORKER_ID']);

const READ_BY_NAME = /\benv(?:\.|\[')([A-Z][A-Z0-9_]+)/g;
/** A key of a schema, or of an environment that is handed on. */
const KEY = /^\s+((?:WAYBILL|STRIPE|EASYPOST)_[A-Z0-9_]+): /gm;

/** What scripts, libraries, apps and tests read from the environment. */
export function variablesRead(): Set<string> {
  const sources = ['scripts', 'libs', 'apps', 'test', 'workflows'].flatMap((folder) => filesIn(folder, /\.(ts|mjs)$/));
  const names = sources
    .filter((file) => !file.startsWith(join('test', 'docs')))
    .flatMap((file) => [...namesIn(file, READ_BY_NAME), ...(file.endsWith('.spec.ts') ? [] : namesIn(file, KEY))]);
  return new Set(names.filter((name) => !NOT_OURS.has(name)));
}

function namesIn(file: string, pattern: RegExp): string[] {
  return [...read(file).matchAll(pattern)].map(([, name = '']) => name);
}
