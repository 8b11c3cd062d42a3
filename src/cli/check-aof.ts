import { createInterface } from 'node:readline/promises';
import { checkAof } from '../server/persistence/aof/check.js';
import { finish } from '../server/persistence/loading.js';
import { Server } from '../server/server.js';
import { ExitCode } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** `lookupd server --check-aof [--fix | --truncate-to-timestamp SECONDS] FILE`, called as redis-check-aof is. */
export async function checkAofFile(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const path = words.at(-1);
  const fix = words[0] === '--fix' && words.length === 2;
  const toTime = words[0] === '--truncate-to-timestamp' && words.length === 3 && /^\d+$/.test(words[1]!);
  if (path === undefined || !(fix || toTime || words.length === 1)) {
    terminal.err.write('--check-aof [--fix | --truncate-to-timestamp SECONDS] FILE\n');
    return ExitCode.usage;
  }
  const valid = await checkAof(path, {
    fix,
    truncateTo: toTime ? Number(words[1]) : undefined,
    print: (line) => void terminal.out.write(`${line}\n`),
    confirm: (question) => confirm(question, terminal),
    checkRdb,
  });
  return valid ? ExitCode.ok : ExitCode.no;
}

async function confirm(question: string, { input, out }: Terminal): Promise<boolean> {
  out.write(question);
  const lines = createInterface({ input });
  try {
    for await (const line of lines) return /^y/i.test(line);
    return false;
  } finally {
    lines.close();
  }
}

/** Sound is what a server can load. */
async function checkRdb(path: string): Promise<number> {
  const server = new Server();
  try {
    await server.start();
    return finish(server.persistence.loads.base(path));
  } finally {
    await server.close();
  }
}
