import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { feed } from './feed.js';
import { executable } from './programs.js';

export interface PostmapResult {
  /** 0 found, 1 not found or an error: an error says so on stderr. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Postfix's own client: its lookup tables without a mail system. */
export class Postmap {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lookupd-postmap-'));

  constructor() {
    writeFileSync(join(this.#folder, 'main.cf'), '');
  }

  /** One key, its bytes as they are: Node's arguments are text, so bytes go through a shell's printf. */
  query(table: string, key: string | Buffer): Promise<PostmapResult> {
    if (typeof key === 'string') return run(this.#program, ['-c', this.#folder, '-q', key, table]);
    const octal = Array.from(key, (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    const script = `exec "$0" -c "$1" -q "$(printf '%b' '${octal.replaceAll('\\', '\\0')}')" "$2"`;
    return run('/bin/sh', ['-c', script, this.#program, this.#folder, table]);
  }

  /** Many keys on one connection: "key<tab>value" lines of those that are found. */
  queryMany(table: string, keys: readonly string[]): Promise<PostmapResult> {
    return run(this.#program, ['-c', this.#folder, '-q', '-', table], `${keys.join('\n')}\n`);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #program(): string {
    const program = executable('postmap');
    if (program === undefined) throw new Error('postmap is not installed');
    return program;
  }
}

function run(program: string, args: readonly string[], input = ''): Promise<PostmapResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe' });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? -1, stdout, stderr }));
    feed(child.stdin, input);
  });
}
