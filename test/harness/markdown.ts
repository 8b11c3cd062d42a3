import { readFileSync } from 'node:fs';

/** A fenced block of a Markdown page. */
export interface Block {
  /** The page, as it was named. */
  readonly file: string;
  /** Where its fence opens, from 1. */
  readonly line: number;
  /** What stands behind the fence; '' for nothing. */
  readonly language: string;
  readonly text: string;
  /** What the page says this block prints: the block right behind it, when that has no language of code. */
  readonly output: Block | undefined;
}

/** Languages that what a program prints is shown in. */
const OUTPUT = new Set(['', 'json', 'text']);

/** The blocks of a page in order. Outputs stand in their block only. Throws for a fence that never closes. */
export function blocksOf(file: string, path: string): Block[] {
  const fences = fencesOf(file, readFileSync(path, 'utf8').split('\n'));
  const blocks: Block[] = [];
  for (let i = 0; i < fences.length; i++) {
    const { last: _, ...block } = fences[i]!;
    const next = fences[i + 1];
    const printed = next?.adjoins === true && !OUTPUT.has(block.language) && OUTPUT.has(next.language);
    blocks.push({ ...block, output: printed ? { ...next, output: undefined } : undefined });
    if (printed) i++;
  }
  return blocks;
}

interface Fence extends Omit<Block, 'output'> {
  readonly last: number;
  /** Nothing but empty lines between it and the block before. */
  readonly adjoins: boolean;
}

function fencesOf(file: string, lines: readonly string[]): Fence[] {
  const fences: Fence[] = [];
  for (let i = 0; i < lines.length; i++) {
    const opening = /^( *)(```+)\s*(\S*)/.exec(lines[i]!);
    if (opening === null) continue;
    const [, indent = '', ticks = '', language = ''] = opening;
    const length = lines.slice(i + 1).findIndex((line) => line.trim() === ticks);
    if (length === -1) throw new Error(`${file}:${i + 1}: this block never ends`);
    const text = lines.slice(i + 1, i + 1 + length).map((line) => line.slice(indent.length));
    const before = fences.at(-1);
    const between = before === undefined ? undefined : lines.slice(before.last, i);
    const adjoins = between?.every((line) => line.trim() === '') === true;
    fences.push({ file, line: i + 1, language, text: text.join('\n'), adjoins, last: i + length + 2 });
    i += length + 1;
  }
  return fences;
}

/** The lines of a shell block: comments and empty lines left out, lines that end in a backslash joined. */
export function shellLines(text: string): string[] {
  const joined = text.replaceAll(/\\\n\s*/g, '');
  return joined
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Shell lines that a TOML file's comments tell the reader to try. */
export function linesInComments(toml: string): string[] {
  return toml
    .split('\n')
    .map((line) => /^#\s+((?:lookupd|curl|postmap|redis-cli) .*)$/.exec(line)?.[1])
    .filter((line) => line !== undefined)
    .map((line) => line.split(/\s{3,}/)[0]!);
}
