import { UsageError } from './command.js';
import type { Terminal } from './terminal.js';

/** What `-` stands for: all of standard input, byte for byte. */
export async function readInput(terminal: Terminal, configFile: string | undefined): Promise<Buffer> {
  if (configFile === '-') throw new UsageError('standard input cannot be the configuration and the data too');
  const chunks: Buffer[] = [];
  for await (const chunk of terminal.input as AsyncIterable<string | Buffer>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The lines of standard input, without those that are empty. */
export async function readLines(terminal: Terminal, configFile: string | undefined): Promise<Buffer[]> {
  const input = await readInput(terminal, configFile);
  const lines: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    const lf = input.indexOf(0x0a, at);
    const end = lf === -1 ? input.length : lf;
    const line = input.subarray(at, input[end - 1] === 0x0d ? end - 1 : end);
    if (line.length > 0) lines.push(line);
    at = end + 1;
  }
  return lines;
}
