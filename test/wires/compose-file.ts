import { readFileSync } from 'node:fs';

/** What a container gets to see: volumes as `name`, or `name:ro` where it may only read, and the secrets that it is told. */
export interface Container {
  readonly mounts: readonly string[];
  readonly secrets: readonly string[];
}

const SECRET = /\$\{(WAYBILL_\w*(?:PASSWORD|SECRET|API_KEY)\w*)/g;
const MOUNT = /['\s]([a-z][\w-]*):\/(?!\/)[\w/-]+(:ro)?/g;
const MOST_NESTED = 5;

/**
 * Each service of docker-compose.yml, read by its text: it is written in one style, and what an anchor stands for is put in
 * its place. @throws where a service cannot be found again
 */
export function containers(file = 'docker-compose.yml'): Map<string, Container> {
  const text = readFileSync(file, 'utf8').replaceAll(/(^|\s)#.*$/gm, '');
  const anchors = new Map(
    [...blocksOf(text, '')].flatMap(([, block]) => {
      const [, name] = /^[^\n]*&([\w-]+)/.exec(block) ?? [];
      return name === undefined ? [] : [[name, block.replace(`&${name}`, '')] as const];
    }),
  );
  const services = blocksOf(blocksOf(text, '').get('services') ?? '', '  ');
  return new Map([...services].map(([name, block]) => [name, containerOf(resolved(block, anchors))]));
}

/** The volumes that are declared. */
export function volumes(file = 'docker-compose.yml'): string[] {
  const text = readFileSync(file, 'utf8');
  return [...blocksOf(blocksOf(text, '').get('volumes') ?? '', '  ').keys()];
}

function containerOf(block: string): Container {
  const mounts = [...block.matchAll(MOUNT)].map(([, name = '', readOnly = '']) => name + readOnly);
  const secrets = [...block.matchAll(SECRET)].map(([, name = '']) => name);
  return { mounts: [...new Set(mounts)].sort(), secrets: [...new Set(secrets)].sort() };
}

/** Keys at one indentation, each with what follows it. */
function blocksOf(text: string, indent: string): Map<string, string> {
  const parts = text.split(new RegExp(`^(?=${indent}[\\w-]+:)`, 'm')).filter((part) => part.trim() !== '');
  return new Map(
    parts.flatMap((part) => {
      const [, key] = new RegExp(`^${indent}([\\w-]+):`).exec(part) ?? [];
      return key === undefined ? [] : [[key, part] as const];
    }),
  );
}

function resolved(block: string, anchors: ReadonlyMap<string, string>, depth = 0): string {
  if (depth > MOST_NESTED) throw new Error('An anchor of docker-compose.yml stands for itself');
  return block.replaceAll(/(?<=[\s[:,])\*([\w-]+)/g, (_, name: string) => {
    const found = anchors.get(name);
    if (found === undefined) throw new Error(`docker-compose.yml has no anchor ${name}`);
    return resolved(found, anchors, depth + 1);
  });
}
