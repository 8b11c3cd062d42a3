/**
 * `npm run transcripts`: real programs at work with lookupd, what was typed and what they printed, as docs/transcripts.md.
 * Words after it name the scenes to run. A program that is not installed leaves its scene as it was.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type ProgramName, requireProgram } from '../harness/programs.js';
import { clusterScenes } from './cluster.js';
import { mailServerScenes } from './mail-servers.js';
import { redisScenes } from './redis.js';
import type { Transcript } from './transcript.js';

export interface Scene {
  readonly title: string;
  readonly program: ProgramName;
  play(title: string): Promise<Transcript>;
}

const PAGE = new URL('../../docs/transcripts.md', import.meta.url);

const HEAD = `# Transcripts

Real programs at work with lookupd: what was typed, and what they printed. Ports, folders and names of nodes are shown as what they stand
for. \`npm run transcripts\` writes this page.

`;

const scenes: readonly Scene[] = [...mailServerScenes, ...redisScenes, ...clusterScenes];
const wanted = process.argv.slice(2);
const before = sections(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '');
const written: string[] = [];
for (const { title, program, play } of scenes) {
  const isWanted = wanted.length === 0 || wanted.some((word) => title.toLowerCase().includes(word.toLowerCase()));
  if (isWanted && requireProgram(program)) before.set(title, (await play(title)).toMarkdown());
  const text = before.get(title);
  if (text !== undefined) written.push(text);
}
writeFileSync(PAGE, HEAD + written.join('\n'));

/** Of the page as it was, by title. */
function sections(page: string): Map<string, string> {
  const parts = page.split(/^(?=## )/m).slice(1);
  return new Map(parts.map((part) => [part.slice(3, part.indexOf('\n')), `${part.trimEnd()}\n`]));
}
