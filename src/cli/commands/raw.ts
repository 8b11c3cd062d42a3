import { StoreError } from '../../core/errors.js';
import { type Argument, type Reply, ReplyError } from '../../resp/reply.js';
import { isTemporary } from '../../stores/failures.js';
import type { LookupStore } from '../../stores/store.js';
import { argument, defineCommand, option } from '../command.js';
import { ExitCode } from '../exit-codes.js';
import { readInput } from '../input.js';
import { printJson } from '../json.js';
import { replyForJson, replyForPeople, replyForPrograms } from '../reply-text.js';
import { storeArgument, storeOptions, warnOfMemory, withStore } from '../store-access.js';
import type { Terminal } from '../terminal.js';

/** `lookupd raw`: any command of the server behind a store. */
export const raw = defineCommand({
  name: 'raw',
  summary: 'send any command, as redis-cli does',
  description:
    'Sends a command of Redis to a store, on a cluster to the node of its keys, and prints the reply: on a terminal as ' +
    'redis-cli does, in a pipe the bare values one per line. Options of lookupd go before the store, since everything ' +
    "behind it belongs to the command. Keys are sent as they are, without the store's key-prefix. An error reply ends with " +
    '65, or with 75 when it passes by itself.',
  arguments: {
    store: storeArgument,
    command: argument.required('a command of Redis'),
    arguments: argument.any('what belongs to it, hyphens included'),
  },
  options: {
    ...storeOptions,
    stdin: option.flag('-x, --stdin', 'take the last argument from standard input'),
  },
  examples: [
    { line: 'lookupd raw redis hgetall user:ann', does: 'numbered, as redis-cli shows it' },
    { line: 'lookupd raw --json redis config get "maxmemory*"', does: 'for jq' },
    { line: 'lookupd raw -x redis set logo < logo.png', does: 'bytes as the last argument' },
  ],
  passesOptions: true,
  async run({ args, options, terminal }) {
    const given: Argument[] = [...args.arguments];
    if (options.stdin) given.push(await readInput(terminal, options.config));
    return await withStore({ args, options, terminal }, async (store, config) => {
      if (config.type === 'embedded' && (await isWrite(store, args.command))) warnOfMemory(config, terminal);
      // A pipeline of one: it hands over an error reply as the server wrote it.
      const [reply] = await store.pipeline([[args.command, ...given]]);
      if (reply instanceof StoreError) throw reply;
      print(reply ?? null, options.json, terminal);
      if (!(reply instanceof ReplyError)) return ExitCode.ok;
      return isTemporary(reply) ? ExitCode.temporary : ExitCode.permanent;
    });
  },
});

/** In a pipe an error is not taken for a value: it goes to standard error. */
function print(reply: Reply, asJson: boolean, { out, err }: Terminal): void {
  if (asJson) printJson(out, replyForJson(reply));
  else if (out.isTerminal) out.write(`${replyForPeople(reply)}\n`);
  else if (reply instanceof ReplyError) err.write(`${replyForPeople(reply)}\n`);
  else out.write(replyForPrograms(reply));
}

async function isWrite(store: LookupStore, command: string): Promise<boolean> {
  const reply = await store.command('COMMAND', 'INFO', command);
  const [facts] = reply as readonly [Reply];
  const flags = Array.isArray(facts) ? (facts[2] as unknown) : [];
  return [...(flags as Iterable<Reply>)].some((flag) => String(flag) === 'write');
}
