import { answerNo, valueJson } from '../answers.js';
import { argument, defineCommand, option, UsageError } from '../command.js';
import { ExitCode } from '../exit-codes.js';
import { printJson } from '../json.js';
import { readableLine } from '../readable.js';
import { storeArgument, storeOptions, withStore } from '../store-access.js';
import type { Output } from '../terminal.js';

/** `lookupd scan`: the keys of a store. */
export const scan = defineCommand({
  name: 'scan',
  summary: 'list keys',
  description:
    'Lists the keys that start with a prefix, or all, on every node, in no order, also those that locks and rate limits keep there. The store is read page by page and goes ' +
    'on serving others. With --json one object per line. No key at all ends with 1.',
  arguments: {
    store: storeArgument,
    prefix: argument.optional('how keys start; "*" and "?" in it are ordinary characters'),
  },
  options: {
    ...storeOptions,
    count: option.parsed('--count <n>', parseCount, 'stop after so many keys'),
    nul: option.flag('-0, --null', 'end each key with a NUL byte instead of a line end'),
  },
  examples: [
    { line: 'lookupd scan redis alias: --count 10', does: 'the first ten it comes across' },
    { line: 'lookupd scan redis | sort | less', does: 'all, in order' },
    { line: 'lookupd scan redis tmp: -0 | xargs -0 lookupd del redis', does: 'safe with any key' },
  ],
  run({ args, options, terminal }) {
    const { out } = terminal;
    const { prefix = '' } = args;
    const { count = Number.POSITIVE_INFINITY, json, nul } = options;
    if (json && nul) throw new UsageError('--json and --null are two formats');
    const print = json ? printAsJson : out.isTerminal && !nul ? printReadably : printBytes(nul ? '\0' : '\n');
    return withStore({ args, options, terminal }, async (store) => {
      let listed = 0;
      for await (const key of store.scan(prefix)) {
        print(out, key);
        await out.drained();
        if (++listed >= count) break;
      }
      return listed > 0 ? ExitCode.ok : answerNo(terminal, false, {}, 'no key');
    });
  },
});

type Print = (out: Output, key: Buffer) => void;

const printAsJson: Print = (out, key) => printJson(out, valueJson('key', key));
const printReadably: Print = (out, key) => out.write(`${readableLine(key)}\n`);

function printBytes(end: string): Print {
  const tail = Buffer.from(end);
  return (out, key) => out.write(Buffer.concat([key, tail]));
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0 && Number.isSafeInteger(count)) return count;
  throw new UsageError('a count is a whole number from 1');
}
