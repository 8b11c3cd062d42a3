import type { Config, MapConfig } from '../../config/model.js';
import type { Outcome } from '../../core/outcome.js';
import type { Explanation } from '../../lookups/lookup.js';
import { askDaemon, askPolicies, type LookupVia, VIA } from '../ask/daemon.js';
import { policyRequest } from '../ask/policy.js';
import { argument, defineCommand, option, UsageError } from '../command.js';
import { configOption, loadCommandConfig } from '../config-file.js';
import { ExitCode } from '../exit-codes.js';
import { explanationJson, lookupJson, outcomeJson, outcomeText, printExplanation } from '../explained.js';
import { readLines } from '../input.js';
import { printJson } from '../json.js';
import { withMap } from '../map-access.js';
import { readableLine } from '../readable.js';
import { jsonOption, named } from '../store-access.js';
import type { Terminal } from '../terminal.js';

/** `lookupd query`: what a mail server would get from a map. */
export const query = defineCommand({
  name: 'query',
  summary: 'look keys up in a map, as a mail server does',
  description:
    'Looks keys up in a map, through the same code as the daemon but in this process and past its cache; with --via at ' +
    'the running daemon, over the protocol of a mail server. One key prints its value, several print key, tab and value of each ' +
    'that is found, as postmap does. Ends with 0 when all were found, 1 when some were not, 75 when an answer is not known, ' +
    '65 when it never will be, as of a key that holds another type. With --via policy the words behind the listener are the ' +
    'attributes of one request; its action is printed, and the end is 0 for DUNNO and 1 for everything else.',
  arguments: {
    map: argument.required(
      'the <id> of [map.<id>], with --via dict of [dict.<id>], with --via policy of [server.listener.<id>]',
    ),
    keys: argument.many(
      'what a mail server would ask for; "-" for one key per line of standard input; with --via policy name=value',
    ),
  },
  options: {
    config: configOption,
    via: option.oneOf('--via <protocol>', VIA, 'ask the running daemon'),
    user: option.text('--user <name>', 'with --via dict: whose keys priv/… are'),
    explain: option.flag('--explain', 'print every key that was tried, where, and what came of it'),
    json: jsonOption,
  },
  examples: [
    { line: 'lookupd query aliases sales+june@example.com', does: 'the value, or exit code 1' },
    { line: 'lookupd query aliases sales+june@example.com --explain', does: 'and how it was found' },
    { line: 'lookupd query aliases ann@example.com --via socketmap', does: 'at the running daemon, as Postfix asks' },
    { line: 'lookupd query quota priv/quota/storage --via dict --user ann', does: 'a dictionary, as Dovecot asks' },
    {
      line: 'lookupd query policy client_address=192.0.2.1 sender=a@x.test recipient=b@example.org --via policy',
      does: 'what the policies of a listener say, as Postfix asks them',
    },
    { line: 'lookupd query aliases - --json < addresses.txt', does: 'many, one object per line' },
  ],
  async run({ args, options, terminal }) {
    const { via, user, explain, json } = options;
    if (via !== undefined && explain) throw new UsageError('the daemon does not explain: --explain is without --via');
    if (user !== undefined && via !== 'dict') throw new UsageError('--user is for --via dict');
    const config = loadCommandConfig(options.config, terminal);
    if (via === 'policy') return await queryPolicies(config, args.map, args.keys, json, terminal);
    const asLines = args.keys.length === 1 && args.keys[0] === '-';
    const keys = asLines ? await readLines(terminal, options.config) : args.keys.map((key) => Buffer.from(key));
    if (explain) return await explainAll(config, named(config.maps, args.map, 'map', config), keys, json, terminal);
    const outcomes = await ask(config, args.map, keys, { via, user });
    const alone = keys.length === 1 && !asLines;
    for (const [i, outcome] of outcomes.entries()) {
      if (json) printJson(terminal.out, lookupJson(args.map, keys[i]!, outcome));
      else print(terminal, keys[i]!, outcome, alone);
      await terminal.out.drained();
    }
    return exitCodeFor(outcomes);
  },
});

interface Asking {
  readonly via: LookupVia | undefined;
  readonly user: string | undefined;
}

function ask(config: Config, id: string, keys: readonly Buffer[], { via, user }: Asking): Promise<readonly Outcome[]> {
  if (via === 'dict') return askDaemon(config, via, named(config.dicts, id, 'dict', config).id, keys, user);
  const map = named(config.maps, id, 'map', config);
  if (via !== undefined) return askDaemon(config, via, map.id, keys);
  return withMap(config, map, (open) => Promise.all(keys.map((key) => open.lookup(key))));
}

async function queryPolicies(
  config: Config,
  listener: string,
  words: readonly string[],
  json: boolean,
  terminal: Terminal,
): Promise<ExitCode> {
  const request = policyRequest(words);
  if (request === undefined) throw new UsageError('what is asked with --via policy are words of name=value');
  const outcome = await askPolicies(config, listener, request);
  const action = outcome.kind === 'found' ? outcome.value.toString() : undefined;
  if (json) printJson(terminal.out, { listener, ...(action === undefined ? outcomeJson(outcome) : { action }) });
  else print(terminal, Buffer.from(listener), outcome, true);
  if (action === undefined) return exitCodeFor([outcome]);
  return action === 'DUNNO' ? ExitCode.ok : ExitCode.no;
}

async function explainAll(config: Config, map: MapConfig, keys: readonly Buffer[], json: boolean, { out }: Terminal) {
  const explanations = await withMap(config, map, (open) => Promise.all(keys.map((key) => open.explain(key))));
  for (const [i, explanation] of explanations.entries()) {
    if (json) printJson(out, explanationJson(map.id, keys[i]!, explanation));
    else {
      if (i > 0) out.write('\n');
      printExplanation(out, keys[i]!, map, explanation);
    }
    await out.drained();
  }
  return exitCodeFor(explanations.map(({ outcome }: Explanation) => outcome));
}

/** Values go to standard output; why there is none goes beside it: a failure always, "not found" to people only. */
function print({ out, err }: Terminal, key: Buffer, outcome: Outcome, alone: boolean): void {
  if (outcome.kind === 'found') {
    const write = (bytes: Buffer) => out.write(out.isTerminal ? readableLine(bytes) : bytes);
    if (!alone) {
      write(key);
      out.write('\t');
    }
    write(outcome.value);
    out.write('\n');
    return;
  }
  if (outcome.kind === 'notFound' && !err.isTerminal) return;
  const about = alone ? '' : `${readableLine(key)}: `;
  const who = outcome.kind === 'notFound' ? '' : err.colors.red('lookupd: ');
  err.write(`${who}${about}${outcomeText(outcome, err)}\n`);
}

function exitCodeFor(outcomes: readonly Outcome[]): ExitCode {
  if (outcomes.some(({ kind }) => kind === 'temporary')) return ExitCode.temporary;
  if (outcomes.some(({ kind }) => kind === 'permanent')) return ExitCode.permanent;
  return outcomes.every(({ kind }) => kind === 'found') ? ExitCode.ok : ExitCode.no;
}
