import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Document {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
}

export interface Link {
  /** The words that are linked, on one line and without markup. */
  readonly words: string;
  /** The file or folder that it leads to, from the root of the project. */
  readonly file: string;
  readonly anchor: string | undefined;
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The files below a folder whose path matches, without what is installed, built or generated. */
export function filesIn(folder: string, matching: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => matching.test(path) && !/(^|\/)(node_modules|dist|generated|fixtures)\//.test(path));
}

/** What a reader is given to read. */
export function documents(): Document[] {
  return ['README.md', ...filesIn('docs', /\.md$/)].map((path) => ({ path, text: read(path) }));
}

/** The links to files of this project: inline ones, and the definitions of those by name. */
export function linksOf({ path, text }: Document): Link[] {
  const prose = text.replaceAll(/^```[^]*?^```/gm, '');
  const inline = [...prose.matchAll(/\[([^\]]*)\]\(([^()\s]+)\)/g)];
  const defined = [...prose.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)];
  return [...inline, ...defined]
    .map(([, words = '', target = '']) => ({ words, target }))
    .filter(({ target }) => !/^\w+:/.test(target))
    .map(({ words, target }) => linkTo(path, words, target));
}

function linkTo(from: string, words: string, target: string): Link {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : relative(root, resolve(root, dirname(from), path));
  return { words: plain(words), file, anchor };
}

/** On one line, without the backslashes and backticks of markup. */
export function plain(words: string): string {
  return words.replaceAll(/[\\`]/g, '').replaceAll(/\s+/g, ' ').trim();
}

/** The anchors that GitHub makes of a document's headings. */
export function anchorsOf(text: string): string[] {
  const headings = [...text.replaceAll(/^```[^]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    slugOf(heading),
  );
  return headings.map((slug, place) => {
    const before = headings.slice(0, place).filter((other) => other === slug).length;
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

/** The cells of the rows of every table in a text. */
export function rowsOf(text: string): string[][] {
  return [...text.matchAll(/^\|(.+)\|$/gm)].map(([, cells = '']) =>
    cells.split(/(?<!\\)\|/).map((cell) => cell.trim()),
  );
}

/** What stands in backticks. */
export function codesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** What a text has between a heading and the next of its level or above. */
export function section(text: string, heading: string): string {
  const [, rest] = text.split(`\n${heading}\n`);
  if (rest === undefined) throw new Error(`There is no heading "${heading}"`);
  const level = heading.indexOf(' ');
  return rest.split(new RegExp(`^#{1,${level}} `, 'm'))[0] ?? '';
}
