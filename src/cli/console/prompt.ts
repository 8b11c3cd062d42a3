import { createInterface, type Interface } from 'node:readline';
import type { ReadStream } from 'node:tty';
import { LinkError } from '../../links/link.js';
import type { Output } from '../terminal.js';
import { complete } from './completion.js';
import { helpFor } from './help.js';
import type { HistoryFile } from './history.js';
import type { KnownCommands } from './known-commands.js';
import { colouredReply, isQuit, replyView } from './reply-view.js';
import { holdsSecret } from './secret-words.js';
import type { ConsoleEvents, ConsoleSession } from './session.js';
import { joinWords, readWords } from './words.js';

/** A reply that took longer has its time beside it, in milliseconds. */
const SLOW = 500;

export interface PromptOptions {
  readonly input: ReadStream;
  readonly out: Output & { readonly stream: NodeJS.WritableStream };
  readonly history: HistoryFile;
  readonly known: KnownCommands;
  /** Before the prompt's ">": the store, and what else is to be seen. */
  readonly label: (node: string | undefined) => string;
  readonly openSession: (events: ConsoleEvents) => ConsoleSession;
}

/**
 * The prompt at a terminal: one command after the other, what is typed ahead waits. What comes unasked is shown above
 * the line that is being typed. Ctrl-C gives up the line, the command that waits, or listening; Ctrl-D ends.
 */
export class Prompt {
  readonly #options: PromptOptions;
  readonly #session: ConsoleSession;
  readonly #editor: Interface;
  readonly #lines: string[] = [];
  /** The lines of a command whose quote is not closed. */
  #begun: string[] = [];
  #busy = false;
  /** The command that waits was given up by Ctrl-C. */
  #givenUp = false;
  #ended = false;
  /** The editor's own list, newest first. */
  #remembered: string[] = [];
  #finish: () => void = () => {};

  constructor(options: PromptOptions) {
    this.#options = options;
    this.#session = options.openSession({
      told: (reply) => this.#above(replyView([], reply)),
      lost: (why) => this.#lost(why),
      redirected: (slot, node) => this.#write(`-> Redirected to slot [${slot}] located at ${node}\n`),
    });
    this.#editor = createInterface({
      input: options.input,
      output: options.out.stream,
      terminal: true,
      historySize: 1_000,
      history: options.history.read().reverse(),
      completer: (line: string) => this.#complete(line),
    });
  }

  /** Until the end of the input. */
  run(): Promise<void> {
    const editor = this.#editor;
    editor.on('history', (lines: string[]) => {
      this.#remembered = lines;
    });
    editor.on('line', (line) => {
      this.#lines.push(line);
      if (!this.#busy) void this.#takeLines();
    });
    editor.on('SIGINT', () => this.#interrupt());
    editor.on('close', () => this.#end());
    this.#show();
    return new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  async #takeLines(): Promise<void> {
    this.#busy = true;
    for (let line = this.#lines.shift(); line !== undefined && !this.#ended; line = this.#lines.shift()) {
      await this.#take(line);
    }
    this.#busy = false;
    if (!this.#ended) this.#show();
  }

  async #take(line: string): Promise<void> {
    this.#begun.push(line);
    const read = readWords(this.#begun.join('\n'));
    if (read.kind === 'open') return;
    const typed = this.#begun;
    this.#begun = [];
    if (read.kind === 'wrong') this.#write('Invalid argument(s)\n');
    else if (read.words.length > 0) {
      this.#remember(typed, read.words);
      await this.#obey(read.words);
    }
  }

  async #obey(words: readonly Buffer[]): Promise<void> {
    const [name = '', ...rest] = words.map(String);
    const { known, out } = this.#options;
    if (isQuit(words)) this.#editor.close();
    else if (/^clear$/i.test(name)) this.#write('\x1b[H\x1b[2J');
    else if (/^(help|\?)$/i.test(name)) this.#write(`${helpFor(rest, known, out.colors)}\n`);
    else await this.#ask(words);
  }

  async #ask(words: readonly Buffer[]): Promise<void> {
    const { colors } = this.#options.out;
    const began = performance.now();
    const listened = this.#session.listening;
    this.#givenUp = false;
    try {
      await this.#session.run(words, (reply) => this.#write(`${colouredReply(words, reply, colors.red)}\n`));
      const took = performance.now() - began;
      if (took >= SLOW) this.#write(colors.dim(`(${(took / 1_000).toFixed(2)}s)\n`));
      if (this.#session.listening && !listened)
        this.#write(colors.dim('(what comes is shown here; Ctrl-C ends listening)\n'));
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.#write(`${colors.red(this.#givenUp ? 'given up' : `no answer: ${error.message}`)}${fateOf(error)}\n`);
    }
  }

  /** A command over several lines is remembered as one line, a password not at all. */
  #remember(typed: readonly string[], words: readonly Buffer[]): void {
    const secret = holdsSecret(words);
    const [only] = typed;
    const line = typed.length === 1 && only !== undefined ? only : joinWords(words);
    if (secret || typed.length > 1) {
      const kept = this.#remembered.filter((entry) => !typed.includes(entry));
      this.#remembered.splice(0, this.#remembered.length, ...(secret ? kept : [line, ...kept]));
    }
    if (!secret) this.#options.history.add(line);
  }

  #complete(line: string): [string[], string] {
    const whole = [...this.#begun, line].join('\n');
    const { words, typed, syntax } = complete(whole, this.#options.known);
    if (words.length > 0 || syntax === undefined) return [words.map((word) => `${word} `), typed];
    this.#above(this.#options.out.colors.dim(syntax));
    return [[], typed];
  }

  #interrupt(): void {
    const typed = this.#editor.line !== '' || this.#begun.length > 0;
    this.#write('^C\n');
    if (this.#busy) {
      this.#givenUp = true;
      this.#session.interrupt();
      return;
    }
    if (this.#session.listening) this.#session.interrupt();
    else if (!typed) this.#write('(Ctrl-D or quit ends the console)\n');
    this.#begun = [];
    this.#editor.write(null, { ctrl: true, name: 'e' });
    this.#editor.write(null, { ctrl: true, name: 'u' });
    this.#show();
  }

  /** A command that waited says so itself. */
  #lost(why: string): void {
    if (!this.#busy)
      this.#above(this.#options.out.colors.red(`connection lost: ${why}; the next command connects again`));
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#session.close();
    this.#write('\n');
    this.#finish();
  }

  #show(): void {
    const { inTransaction, database, subscribed, monitoring, node } = this.#session;
    const mode = subscribed ? '(subscribed mode)' : monitoring ? '(monitor)' : inTransaction ? '(TX)' : '';
    const prompt = `${this.#options.label(node)}${database === 0 ? '' : `[${database}]`}${mode}> `;
    this.#editor.setPrompt(this.#begun.length > 0 ? '... ' : prompt);
    this.#editor.prompt();
  }

  /** Above the line that is being typed, which is drawn again below. */
  #above(text: string): void {
    if (this.#busy) {
      this.#write(`${text}\n`);
      return;
    }
    this.#write(`\r\x1b[J${text}\n`);
    this.#editor.prompt(true);
  }

  #write(text: string): void {
    this.#options.out.write(text);
  }
}

function fateOf({ details: { hint, maybeExecuted } }: LinkError): string {
  return `${maybeExecuted ? '; it may have been executed' : ''}${hint === undefined ? '' : ` (${hint})`}`;
}
