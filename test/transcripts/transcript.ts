import { execFile } from 'node:child_process';
import { Wire } from '../harness/wire.js';

/**
 * What was typed and what was printed. Commands are for a shell, as an administrator types them; what differs from run to
 * run (ports, folders) is shown as what it stands for.
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

  /** Runs a line and keeps what it prints; `as` is what is shown as typed. */
  async sh(line: string, as = line): Promise<void> {
    const printed = await this.run(line);
    this.lines.push(`$ ${as}`, ...printed.trimEnd().split('\n').filter(Boolean));
  }

  /** Runs a line that only prepares. */
  run(line: string): Promise<string> {
    const env = { ...process.env, ...this.env };
    return new Promise((resolve) => {
      execFile('/bin/sh', ['-c', `{ ${line}\n} 2>&1`], { env, maxBuffer: 2 ** 24 }, (_, printed) => resolve(printed));
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
