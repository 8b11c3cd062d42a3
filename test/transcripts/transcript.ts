import { execFile } from 'node:child_process';
import { Wire } from '../harness/wire.js';

/** What a line must come to, or the transcript fails. */
interface Expected {
  /** 0 by default. Of a pipe, that of its last program that did not end with 0. */
  readonly exit?: number;
  /** All it prints, but for space at its end. Not looked at by default. */
  readonly prints?: string;
}

/** An error reply is an exit code too. */
const REDIS_CLI = 'redis-cli() { command redis-cli -e "$@"; }';

/** For what waits until something is so. */
const LIMIT_MS = 120_000;

/**
 * What was typed and what was printed. Commands are for a shell, as an administrator types them; what differs from run to
 * run (ports, folders) is shown as what it stands for. A line that does not come to what is expected of it ends the
 * transcript with an error.
 */
export class Transcript {
  private readonly lines: string[] = [];
  private readonly shown: (readonly [actual: string | RegExp, shown: string])[] = [];

  constructor(
    readonly title: string,
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  /** Shows something else in its place, from now on. Longer ones go first. */
  show(actual: string | number | RegExp, shown: string): this {
    this.shown.push([typeof actual === 'number' ? String(actual) : actual, shown]);
    return this;
  }

  /** Runs a line, keeps what it prints, and answers it; `as` is what is shown as typed. */
  async sh(line: string, { as = line, ...expected }: Expected & { readonly as?: string } = {}): Promise<string> {
    const printed = await this.run(line, expected);
    this.lines.push(`$ ${as}`, ...printed.split('\n').filter(Boolean));
    return printed;
  }

  /** Runs a line that only prepares. */
  run(line: string, { exit = 0, prints }: Expected = {}): Promise<string> {
    const env = { ...process.env, ...this.env };
    const args = ['-o', 'pipefail', '-c', `${REDIS_CLI}\n{ ${line}\n} 2>&1`];
    return new Promise((resolve, reject) => {
      execFile('bash', args, { env, maxBuffer: 2 ** 24, timeout: LIMIT_MS }, (error, output) => {
        const printed = output.trimEnd();
        const ended = error === null ? 0 : (error.code ?? error.signal);
        if (ended !== exit)
          reject(new Error(`${line}\nended with ${ended} rather than ${exit}, and printed:\n${printed}`));
        else if (prints !== undefined && printed !== prints)
          reject(new Error(`${line}\nprinted:\n${printed}\nrather than:\n${prints}`));
        else resolve(printed);
      });
    });
  }

  note(text: string): void {
    this.lines.push(`# ${text}`);
  }

  /** A conversation over SMTP, in the client's lines and the server's. */
  async smtp(port: number, lines: readonly string[]): Promise<void> {
    const wire = await Wire.connect({ host: '127.0.0.1', port });
    this.lines.push('$ telnet mx.test 25');
    await this.hear(wire);
    for (const line of lines) {
      this.lines.push(line);
      wire.send(`${line}\r\n`);
      await this.hear(wire);
    }
    wire.close();
  }

  private async hear(wire: Wire): Promise<void> {
    for (;;) {
      const line = (await wire.readUntil('\r\n')).toString().trimEnd();
      this.lines.push(line);
      if (line[3] !== '-') return;
    }
  }

  toMarkdown(): string {
    let text = this.lines.join('\n');
    for (const [actual, shown] of this.shown) text = text.replaceAll(toGlobal(actual), shown);
    return `## ${this.title}\n\n\`\`\`transcript\n${text}\n\`\`\`\n`;
  }
}

function toGlobal(pattern: string | RegExp): string | RegExp {
  return typeof pattern === 'string' ? pattern : new RegExp(pattern.source, 'g');
}
