import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ACL_CATEGORIES } from '../../src/server/commands/introspection/acl-categories.js';
import { RawClient, splitReply, type Words } from '../harness/raw-client.js';
import { describeTwin, type Twin } from '../harness/twin.js';

/**
 * Random rules make the same user on both servers, and the two decide alike what it may run. The text of its
 * command rules is compared by what it means: Redis orders it by chance, and either server has a few commands
 * that the other has not.
 */
const COMMANDS = ['get', 'set', 'mget', 'del', 'config', 'config|get', 'config|set', 'client', 'client|id', 'acl|cat'];
const MORE = [
  'publish',
  'subscribe',
  'eval',
  'sort',
  'multi',
  'select',
  'nosuch',
  'config|nosuch',
  'debug',
  'CLIENT|list',
];
const KEYS = ['a*', 'a:*', 'b', '*', '[ab]*', '', 'a?'];

const sign = fc.constantFrom('+', '-');
const keyMark = fc.constantFrom('~', '%R~', '%W~', '%RW~', '%WR~', '%', '%X~');
const word = fc.constantFrom(
  'allkeys',
  'resetkeys',
  'allchannels',
  'resetchannels',
  'allcommands',
  'nocommands',
  '+@all',
  '-@all',
);
const permission = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(sign, fc.constantFrom(...COMMANDS, ...MORE)).map((parts) => parts.join('')) },
  { weight: 4, arbitrary: fc.tuple(sign, fc.constantFrom(...ACL_CATEGORIES)).map(([mark, name]) => `${mark}@${name}`) },
  { weight: 3, arbitrary: fc.tuple(keyMark, fc.constantFrom(...KEYS)).map((parts) => parts.join('')) },
  { weight: 2, arbitrary: fc.constantFrom('&a*', '&b', '&*', '&') },
  { weight: 2, arbitrary: word },
  fc.constantFrom('+select|0', '+SELECT|1', '+select|0|1', '+config|get|x', '+debug|', '+', '-', 'foo', '@read'),
);
const rule = fc.oneof(
  { weight: 12, arbitrary: permission },
  fc.constantFrom('on', 'off', 'nopass', 'resetpass', '>one', '>two', '<one', '#abc', 'reset', 'clearselectors'),
  fc.constantFrom('sanitize-payload', 'skip-sanitize-payload', 'ON', '(', ')', '()', '(+get', '~x)'),
  fc.array(permission, { maxLength: 4 }).map((rules) => `(${rules.join(' ')})`),
);
const key = fc.constantFrom('a', 'b', 'ab', 'a:1', 'c', '');
const commandLine: fc.Arbitrary<Words> = fc.oneof(
  fc.tuple(fc.constantFrom('GET', 'STRLEN', 'DEL', 'INCR', 'LPOP', 'SORT', 'DUMP', 'PFCOUNT', 'WATCH', 'TTL'), key),
  fc.tuple(fc.constantFrom('MGET', 'DEL', 'SUNION', 'EXISTS', 'RENAME', 'COPY', 'SMOVE', 'LMPOP'), key, key, key),
  fc.tuple(fc.constant('SET'), key, key, fc.constantFrom('GET', 'NX')),
  fc.tuple(fc.constant('BITFIELD'), key, fc.constantFrom('GET', 'SET', 'INCRBY'), fc.constant('u8'), fc.constant('0')),
  fc.tuple(fc.constantFrom('SORT', 'SORT_RO'), key, fc.constantFrom('STORE', 'GET', 'BY'), key),
  fc.tuple(fc.constantFrom('ZUNIONSTORE', 'ZINTERSTORE'), key, fc.constantFrom('1', '2'), key, key),
  fc.tuple(fc.constantFrom('SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'UNSUBSCRIBE'), key, fc.constantFrom('b', 'a*')),
  fc.tuple(fc.constantFrom('PUBLISH', 'SPUBLISH'), key, key),
  fc.tuple(fc.constantFrom('EVAL', 'EVAL_RO', 'FCALL'), fc.constant(''), fc.constantFrom('0', '1'), key),
  fc.tuple(fc.constantFrom('SELECT', 'select'), fc.constantFrom('0', '1', '2')),
  fc.tuple(fc.constant('CONFIG'), fc.constantFrom('GET', 'SET', 'NOSUCH'), key, key),
  fc.tuple(
    fc.constant('XREADGROUP'),
    ...['GROUP', 'g', 'c', 'STREAMS'].map((one) => fc.constant(one)),
    key,
    key,
    key,
    key,
  ),
  fc.constantFrom(
    ['PING'],
    ['AUTH', 'x'],
    ['CLIENT', 'ID'],
    ['CLIENT', 'LIST'],
    ['ACL', 'CAT'],
    ['MULTI'],
    ['GET'],
    ['NOSUCH'],
  ),
);

describeTwin('random rules', {}, (twin) => {
  it('make the same user and the same decisions', async () => {
    const clients = [await RawClient.connect(twin().real.port), await RawClient.connect(twin().port)] as const;
    const common = await shared(twin());
    const both = async (words: Words) => {
      const [real, ours] = await Promise.all(
        clients.map(async (client) => (await client.ask(words)).toString('latin1')),
      );
      expect(ours, words.join(' ')).toBe(real);
    };
    const property = fc.asyncProperty(
      fc.array(rule, { minLength: 1, maxLength: 8 }),
      fc.array(commandLine, { minLength: 8, maxLength: 16 }),
      async (rules, lines) => {
        await both(['ACL', 'DELUSER', 'x']);
        await both(['ACL', 'SETUSER', 'x', ...rules]);
        for (const one of rules) await both(['ACL', 'SETUSER', 'x', one]);
        const [expected, actual] = await Promise.all(clients.map((client) => client.ask(['ACL', 'GETUSER', 'x'])));
        expect(meaning(twin(), common, actual!)).toEqual(meaning(twin(), common, expected!));
        for (const line of lines) await both(['ACL', 'DRYRUN', 'x', ...line]);
      },
    );
    await fc.assert(property, { numRuns: 150 });
    for (const client of clients) client.close();
  }, 120_000);
});

describeTwin('categories', {}, (twin) => {
  it.each(ACL_CATEGORIES)('%s has the same commands', async (category) => {
    const { real, port } = twin();
    const common = await shared(twin());
    const members = async (of: number) => {
      const client = await RawClient.connect(of);
      const reply = await client.ask(['ACL', 'CAT', category]);
      client.close();
      return splitReply(reply)!.items.map(text).sort();
    };
    const expected = (await members(real.port)).filter((name) => common.has(name));
    expect((await members(port)).filter((name) => common.has(name))).toEqual(expected);
  });
});

/** ACL GETUSER's reply, command rules replaced by which of the commands that both servers have they allow. */
function meaning(twin: Twin, common: ReadonlySet<string>, reply: Buffer): unknown {
  const parts = splitReply(reply);
  const items = parts?.items ?? [];
  if (items.length === 0) return reply.toString('latin1');
  return items.map((item, i) =>
    i > 0 && text(items[i - 1]!) === 'commands' ? allowedBy(twin, common, text(item)) : meaning(twin, common, item),
  );
}

function text(bulk: Buffer): string {
  return bulk.toString('latin1').replace(/^[^\n]*\n|\r\n$/g, '');
}

function allowedBy({ ours }: Twin, common: ReadonlySet<string>, rules: string): string[] {
  const takesAnyFirst = (name: string) => ours.commands.get(name)?.subcommands === undefined && common.has(name);
  const isKnown = (name: string) => common.has(name) || takesAnyFirst(name.split('|')[0]!);
  const known = rules.split(' ').filter((one) => one.includes('@') || isKnown(one.slice(1)));
  const { commands } = ours.users;
  ours.users.set('meant', ['reset', ...known]);
  const allowed = [...commands.table.all()]
    .flatMap((command) => [command, ...(command.subcommands ?? [])])
    .filter((command) => ours.users.get('meant')!.root.commands.has(command))
    .map((command) => commands.table.fullName(command));
  ours.users.delete('meant', undefined);
  return allowed.filter((name) => common.has(name));
}

/** The commands that both servers have, subcommands too. */
async function shared({ real, ours }: Twin): Promise<ReadonlySet<string>> {
  const client = await RawClient.connect(real.port);
  const names = splitReply(await client.ask(['COMMAND', 'LIST']))!.items.map(text);
  client.close();
  return new Set(names.filter((name) => ours.commands.get(name) !== undefined));
}
