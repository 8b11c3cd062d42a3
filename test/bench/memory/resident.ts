import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../harness/ports.js';
import { executable } from '../../harness/programs.js';
import { Pipeline } from '../../long/pipeline.js';

/**
 * Resident memory of the bundled server (built: `npm run build`) beside redis-server, with keys of 16 bytes and
 * values of 100 set over a socket, one server after the other.
 *
 *     npm run bench:resident -- [keys, 1000000 and 10000000] …
 */
const MAIN = new URL('../../../dist/cli/main.js', import.meta.url).pathname;
const VALUE = 'v'.repeat(100);
const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000_000, 10_000_000];

console.log('| keys | redis-server (MiB) | lookupd (MiB) | ratio |\n|---|---|---|---|');
for (const keys of counts) {
  const redis = await resident(keys, (port) => [executable('redis-server')!, '--port', port, '--save', '']);
  const ours = await resident(keys, (port) => [process.execPath, MAIN, 'server', '--port', port]);
  const shown = [redis, ours].map((bytes) => Math.round(bytes / 2 ** 20)).join(' | ');
  console.log(`| ${keys.toLocaleString('en-US')} | ${shown} | ${(ours / redis).toFixed(2)} |`);
}

/** Bytes of the whole process, once the keys are in it. */
async function resident(keys: number, command: (port: string) => string[]): Promise<number> {
  const [port] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), 'lookupd-resident-'));
  const [program, ...args] = command(String(port));
  const server = spawn(program!, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => server.on('exit', resolve));
  try {
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject);
      server.stdout.on('data', (text: Buffer) => String(text).includes('Ready to accept') && resolve());
    });
    using client = await Pipeline.connect(port!);
    await client.run(keys, 1000, (i) => ['SET', `key:${String(i).padStart(12, '0')}`, VALUE]);
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
  } finally {
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}
