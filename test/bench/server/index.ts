import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { machine } from '../report.js';
import { compareServers } from './compare.js';
import { merged, row } from './report.js';
import { startBundled, startReal } from './subject.js';
import { nameOf, workloads } from './workloads.js';

const PAGE = 'docs/benchmarks-server.md';
/** What stands below the table is written by hand. */
const NOTES = '\n## What still costs\n';

/** The bundled server beside redis-server: the rows that are asked for, into the page with `write`. */
export async function benchServers(
  wanted: (name: string) => boolean,
  effort: { readonly pairs: number; readonly ms: number; readonly write: boolean },
): Promise<void> {
  const ours = await startBundled();
  const redis = await startReal();
  const how = `${machine()}; ${effort.pairs} pairs of about ${effort.ms} ms a side, interleaved`;
  try {
    for (const workload of workloads.filter((each) => wanted(`server ${nameOf(each)}`))) {
      const line = row(await compareServers(workload, ours, redis, effort));
      console.log(line);
      if (effort.write) write(line, how);
    }
  } finally {
    await ours.stop();
    await redis.stop();
  }
}

/** Each row at once: a run that is cut short leaves what it has measured. */
function write(line: string, how: string): void {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  const notes = page.includes(NOTES) ? page.slice(page.indexOf(NOTES)) : '';
  writeFileSync(PAGE, `${HEAD}\n${how}\n\n${merged(page, line)}\n${notes}`);
}

const HEAD = `# Benchmarks of the bundled server

\`lookupd server\` beside redis-server 7.0.15, each in a process of its own, loaded in turn by redis-benchmark:
50 connections, values of 100 bytes, 100,000 keys or members, P1 to P64 requests sent at once by a connection.
\`npm run bench -- server --write\` measures it all, \`npm run bench -- "server GET" --write\` a part of it.

Ratios are medians of the pairs with their range. In rate and CPU more than 1 is better than redis-server: CPU is
what a request takes of the server's processor time, which depends less on what else the machine does. The
p99 is a multiple of redis-server's, less is better. Every request has to be among those that the server says it ran.
`;
