import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { RawClient } from '../harness/raw-client.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { ServerProcess } from '../harness/server-process.js';

/** SCRIPT DEBUG SYNC on both servers. Ours runs in a process of its own, since a stopped script holds its thread. */
const SCRIPT = `local function twice(n)
  local doubled = n * 2
  return doubled
end
local text = "a\\n'b'"
local list = {1, 'two', {three = 3}}
redis.call('set', KEYS[1], twice(21))
redis.debug('now', list, nil, 1.5)
redis.breakpoint()
local got = redis.call('get', KEYS[1])
return got`;

interface Dialogue {
  readonly script?: string;
  readonly commands: readonly (readonly string[])[];
  /** Replies after the last command: what is left to tell, and the script's own. */
  readonly last?: number;
}

const c = (line: string) => line.split(' ');
const dialogues: Readonly<Record<string, Dialogue>> = {
  'goes line by line': { commands: Array.from({ length: 10 }, () => ['s']) },
  'shows variables': {
    commands: [
      c('p'),
      c('n'),
      c('n'),
      c('s'),
      c('print'),
      c('p text'),
      c('p nosuch'),
      c('p KEYS'),
      c('p ARGV'),
      c('c'),
      c('c'),
    ],
  },
  'stops at breakpoints': {
    commands: [
      c('b'),
      c('b 3 10 99 x'),
      c('b -3'),
      c('b -3'),
      c('b 2'),
      c('break'),
      c('c'),
      c('t'),
      c('p n'),
      c('b 0'),
      c('b'),
      c('c'),
      c('c'),
    ],
  },
  'lists the source': { commands: [c('l'), c('list 8'), c('l 8 1'), c('l 0 2'), c('w'), c('c'), c('c')] },
  'runs code and commands': {
    commands: [
      c('e 1 + 1'),
      c('e return "x"'),
      c('e local x = 5'),
      c('e nonsense ('),
      c('e error("no")'),
      c('e {a = 1}'),
      c('r set other value'),
      c('redis get other'),
      c('r lrange missing 0 -1'),
      c('r incr other'),
      c('r nosuch'),
      c('r get'),
      c('r'),
      c('c'),
      c('c'),
    ],
  },
  'trims long values': {
    script: "local long = string.rep('x', 1000)\nlocal short = 1\nreturn long",
    commands: [c('s'), c('m'), c('p long'), c('p long'), c('m 10'), c('p long'), c('m 0'), c('p long'), c('m'), c('c')],
  },
  helps: { commands: [c('h'), c('nosuch'), c('help'), c('c'), c('c')] },
  'ends the script': { commands: [c('s'), c('a')], last: 2 },
};

describe.skipIf(!requireProgram('redis'))('the debugger of scripts, as in real Redis', () => {
  let real: RedisServer;
  let ours: ServerProcess;
  let port = 0;

  beforeAll(async () => {
    [port] = (await freePorts(1)) as [number];
    real = await startRedis({});
    ours = await new ServerProcess(['--port', String(port), '--save', '']).ready();
  });

  afterAll(async () => {
    await ours?.[Symbol.asyncDispose]();
    await real?.stop();
  });

  it.each(Object.entries(dialogues))('%s', async (_, dialogue) => {
    expect(await transcript(port, dialogue)).toEqual(await transcript(real.port, dialogue));
  });

  it('knows no breakpoints without a debugger', async () => {
    for (const at of [real.port, port]) {
      const client = await RawClient.connect(at);
      expect(String(await client.ask(['EVAL', 'redis.debug("x") return redis.breakpoint()', '0']))).toBe('$-1\r\n');
      client.close();
    }
  });

  it('lets the script go on when the client has gone, and others hear meanwhile that it is busy', async () => {
    const [client, other] = [await RawClient.connect(port), await RawClient.connect(port)];
    await client.ask(['SCRIPT', 'DEBUG', 'SYNC']);
    await client.ask(['EVAL', 'local n = 1\nredis.call("set", "gone", n)\nreturn n', '0']);
    expect(String(await other.ask(['GET', 'gone']))).toContain('-BUSY ');
    client.close();
    let answer = '';
    while (!answer.startsWith('$')) answer = String(await other.ask(['GET', 'gone']));
    expect(answer).toBe('$1\r\n1\r\n');
    other.close();
  });

  it('is for one session at a time, of EVAL, and in this process', async () => {
    const client = await RawClient.connect(port);
    expect(String(await client.ask(['SCRIPT', 'DEBUG', 'YES']))).toContain('use SCRIPT DEBUG SYNC');
    expect(String(await client.ask(['SCRIPT', 'DEBUG', 'MAYBE']))).toContain('Use SCRIPT DEBUG YES/SYNC/NO');
    await client.ask(['SCRIPT', 'DEBUG', 'SYNC']);
    expect(String(await client.ask(['EVALSHA', 'x', '0']))).toContain('EVAL instead of EVALSHA');
    await client.ask(['SCRIPT', 'DEBUG', 'NO']);
    expect(String(await client.ask(['EVAL', 'return 1', '0']))).toBe(':1\r\n');
    client.close();
  });
});

async function transcript(port: number, { script = SCRIPT, commands, last = 2 }: Dialogue): Promise<string[]> {
  const client = await RawClient.connect(port);
  try {
    const answers: string[] = [String(await client.ask(['SCRIPT', 'DEBUG', 'SYNC']))];
    answers.push(String(await client.ask(['EVAL', script, '1', 'key', 'argument'])));
    for (const command of commands.slice(0, -1)) answers.push(`${command.join(' ')}: ${await client.ask(command)}`);
    client.send(commands.at(-1)!);
    answers.push(...(await client.take(last)).map(String));
    await expect(client.take(1)).rejects.toThrow('closed');
    return answers.map((answer) => answer.replace(/@0x[0-9a-f]+/g, '@<address>'));
  } finally {
    client.close();
  }
}
