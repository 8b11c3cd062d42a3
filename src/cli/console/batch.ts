import { createInterface } from 'node:readline';
import { LinkError } from '../../links/link.js';
import { type Reply, ReplyError } from '../../resp/reply.js';
import { isTemporary } from '../../stores/failures.js';
import { UsageError } from '../command.js';
import { ExitCode } from '../exit-codes.js';
import { printJson } from '../json.js';
import { replyForJson, replyForPrograms } from '../reply-text.js';
import type { Terminal } from '../terminal.js';
import { isQuit, replyView } from './reply-view.js';
import type { ConsoleEvents, ConsoleSession } from './session.js';
import { readWords } from './words.js';

/**
 * Commands from a pipe or a file, one a line, each sent when the one before is answered. Error replies do not stop it,
 * as with redis-cli, but a lost connection does: what follows may belong to a transaction that is gone. Ends with the
 * exit code of the first failure. After SUBSCRIBE and MONITOR it goes on listening until the connection ends.
 */
export async function runBatch(
  terminal: Terminal,
  asJson: boolean,
  openSession: (events: ConsoleEvents) => ConsoleSession,
): Promise<ExitCode> {
  let ended: (why: string) => void = () => {};
  let isLost = false;
  const lost = new Promise<string>((resolve) => {
    ended = (why) => {
      isLost = true;
      resolve(why);
    };
  });
  const print = printer(terminal, asJson);
  const session = openSession({ told: (reply) => print([], reply), lost: ended, redirected: () => {} });
  let code: ExitCode = ExitCode.ok;
  try {
    for await (const words of commandsOf(terminal)) {
      if (isQuit(words)) return code;
      if (isLost) return failed(terminal, await lost);
      await session.run(words, (reply) => {
        print(words, reply);
        if (reply instanceof ReplyError && code === ExitCode.ok) code = codeOf(reply);
      });
      await terminal.out.drained();
    }
    if (session.listening) await lost;
    return code;
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    return failed(terminal, error.message);
  } finally {
    session.close();
  }
}

function failed({ err }: Terminal, why: string): ExitCode {
  err.write(`${err.colors.red('lookupd:')} ${why}\n`);
  return ExitCode.temporary;
}

function codeOf(reply: ReplyError): ExitCode {
  return isTemporary(reply) ? ExitCode.temporary : ExitCode.permanent;
}

async function* commandsOf({ input }: Terminal): AsyncGenerator<readonly Buffer[]> {
  let begun = '';
  let at = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    at++;
    const read = readWords(begun + line);
    begun = read.kind === 'open' ? `${begun}${line}\n` : '';
    if (read.kind === 'wrong')
      throw new UsageError(`line ${at}: a closing quote must be followed by a space or nothing`);
    if (read.kind === 'words' && read.words.length > 0) yield read.words;
  }
  if (begun !== '') throw new UsageError('the input ends within quotes');
}

type Print = (words: readonly Buffer[], reply: Reply) => void;

/** As `raw` prints a reply. */
function printer({ out, err }: Terminal, asJson: boolean): Print {
  return (words, reply) => {
    if (asJson) printJson(out, replyForJson(reply));
    else if (out.isTerminal) out.write(`${replyView(words, reply)}\n`);
    else if (reply instanceof ReplyError) err.write(`${replyView(words, reply)}\n`);
    else out.write(replyForPrograms(reply));
  };
}
