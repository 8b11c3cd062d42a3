import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { parseLine, RawClient } from '../harness/raw-client.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { ServerProcess } from '../harness/server-process.js';
import { until } from '../harness/until.js';

/**
 * Scripts that run for longer than `busy-reply-threshold`: what others hear meanwhile and how they end it. Ours runs in a
 * process of its own, since a script holds its thread.
 */
const THRESHOLD = ['--busy-reply-threshold', '20'];
const DEBUG = ['--enable-debug-command', 'yes'];
const ENDLESS = ['EVAL', 'while true do end', '0'];
const WITH_PCALL = [
  'EVAL',
  'local f = function() while true do redis.call("ping") end end while true do pcall(f) end',
  '0',
];
const LIBRARY = `#!lua name=lib
local kept = 0
redis.register_function('spin', function() while true do end end)
redis.register_function('count', function() kept = kept + 1 return kept end)`;

/** What another client says while the script runs, up to what ends it. */
const dialogues: Readonly<Record<string, { readonly script: readonly string[]; readonly lines: readonly string[] }>> = {
  'a script': {
    script: ENDLESS,
    lines: [
      'GET k',
      'NOSUCH',
      'GET',
      'MULTI',
      'SET k v',
      'EXEC',
      'DISCARD',
      'MULTI',
      'DISCARD',
      'WATCH k',
      'UNWATCH',
      'AUTH wrong',
      'HELLO 9',
      'SUBSCRIBE c',
      'CONFIG GET port',
      'EVAL "return 1" 0',
      'FUNCTION STATS',
      'FUNCTION KILL',
      'SHUTDOWN',
      'SHUTDOWN SAVE',
      'RESET',
      'SCRIPT KILL',
    ],
  },
  'a script that catches errors': { script: WITH_PCALL, lines: ['PING', 'SCRIPT KILL'] },
  'a function': { script: ['FCALL', 'spin', '0'], lines: ['GET k', 'SCRIPT KILL', 'SHUTDOWN', 'FUNCTION KILL'] },
};

describe.skipIf(!requireProgram('redis'))('scripts past their time, as in real Redis', () => {
  let real: RedisServer;
  let ours: ServerProcess;
  let port = 0;

  beforeAll(async () => {
    [port] = (await freePorts(1)) as [number];
    real = await startRedis({ directives: { 'busy-reply-threshold': '20' } });
    ours = await new ServerProcess(['--port', String(port), '--save', '', ...THRESHOLD, ...DEBUG]).ready();
  });

  afterAll(async () => {
    await ours?.[Symbol.asyncDispose]();
    await real?.stop();
  });

  for (const [title, { script, lines }] of Object.entries(dialogues)) {
    it(`${title}: others are told and end it`, async () => {
      const [expected, actual] = [await transcript(real.port, script, lines), await transcript(port, script, lines)];
      expect(actual).toEqual(expected);
    });
  }

  it('a function that runs is told of', async () => {
    await withClients(port, async (main, other) => {
      await main.ask(['FUNCTION', 'LOAD', 'REPLACE', LIBRARY]);
      main.send(['FCALL', 'spin', '1', 'k', 'v']);
      await untilBusy(other);
      expect(String(await other.ask(['FUNCTION', 'STATS']))).toMatch(
        /running_script\r\n\*6\r\n\$4\r\nname\r\n\$4\r\nspin\r\n\$7\r\ncommand\r\n\*5\r\n.*duration_ms\r\n:\d+\r\n/s,
      );
      await other.ask(['FUNCTION', 'KILL']);
      await main.take(1);
      expect(String(await main.ask(['FCALL', 'count', '0']))).toBe(':1\r\n');
      expect(String(await main.ask(['FUNCTION', 'LOAD', 'REPLACE', LIBRARY]))).toContain('lib');
      expect(String(await main.ask(['FCALL', 'count', '0']))).toBe(':1\r\n');
    });
  });

  it('a client that was answered just before hears it at once', async () => {
    await withClients(port, async (main, other) => {
      const sleeper = await RawClient.connect(port);
      for (const client of [main, other, sleeper]) await client.ask(['PING']);
      // What comes meanwhile is processed in one turn of the event loop, in this order.
      sleeper.send(['DEBUG', 'SLEEP', '0.1']);
      other.send(['ECHO', 'before']);
      main.send(ENDLESS);
      expect(String((await other.take(1))[0])).toBe('$6\r\nbefore\r\n');
      await untilBusy(other);
      await other.ask(['SCRIPT', 'KILL']);
      await Promise.all([main.take(1), sleeper.take(1)]);
      sleeper.close();
    });
  });

  it('a client that goes meanwhile is gone for the script too', async () => {
    for (const at of [real.port, port]) {
      await withClients(at, async (main, other) => {
        const watcher = await RawClient.connect(at);
        for (const client of [main, watcher]) await client.ask(['PING']);
        await other.ask(['SUBSCRIBE', 'channel']);
        main.send(['EVAL', 'while redis.call("pubsub", "numsub", "channel")[2] > 0 do end return 1', '0']);
        await untilBusy(watcher);
        other.close();
        expect(String((await main.take(1))[0])).toBe(':1\r\n');
        watcher.close();
      });
    }
  });

  it('a client hears its answers in order, whatever arrived before, meanwhile and after', async () => {
    await withClients(port, async (main, other) => {
      const streams = await Promise.all(Array.from({ length: 8 }, () => RawClient.connect(port)));
      main.send(ENDLESS);
      await untilBusy(other);
      for (let round = 0; round < 40; round++) {
        if (round === 20) await other.ask(['SCRIPT', 'KILL']);
        for (const [i, client] of streams.entries()) client.sendBytes(piece(i, round));
        if (round % 5 === 0) await other.ask(['PING']);
      }
      for (const [i, client] of streams.entries()) {
        const answers = (await client.take(40)).map(String);
        for (const [round, answer] of answers.entries()) {
          if (!answer.startsWith('-BUSY ')) expect(answer).toBe(`$${name(i, round).length}\r\n${name(i, round)}\r\n`);
        }
        expect(answers.at(-1)).not.toContain('BUSY');
        client.close();
      }
      await main.take(1);
    });
  });

  it('one that has written cannot be killed, only the server can be ended', async () => {
    const script = ['EVAL', 'redis.call("set", KEYS[1], "v") while true do end', '1', 'k'];
    const lines = ['SCRIPT KILL', 'SHUTDOWN'];
    for (const at of [real.port, port]) {
      await withClients(at, async (main, other) => {
        main.send(script);
        await untilBusy(other);
        for (const line of lines)
          expect(String(await other.ask(parseLine(line))), line).toMatch(/^-(UNKILLABLE|BUSY) /);
        other.send(['SHUTDOWN', 'NOSAVE']);
        await expect(other.take(1)).rejects.toThrow('closed');
      });
    }
    expect(await ours.ended()).toBe(0);
  });
});

/** The bytes of an ECHO, torn: all but the first 7 of this one and the first 7 of the next. */
function piece(client: number, round: number): string {
  const begins = round === 0 ? echo(client, 0) : echo(client, round).slice(7);
  return round === 39 ? begins : begins + echo(client, round + 1).slice(0, 7);
}

function echo(client: number, round: number): string {
  const text = name(client, round);
  return `*2\r\n$4\r\nECHO\r\n$${text.length}\r\n${text}\r\n`;
}

function name(client: number, round: number): string {
  return `${client}-${round}-${'x'.repeat(round * 500)}`;
}

async function transcript(port: number, script: readonly string[], lines: readonly string[]): Promise<string[]> {
  return await withClients(port, async (main, other) => {
    await main.ask(['FUNCTION', 'LOAD', 'REPLACE', LIBRARY]);
    main.send(script);
    await untilBusy(other);
    const answers: string[] = [];
    for (const line of lines) answers.push(`${line}: ${await other.ask(parseLine(line))}`);
    answers.push(`${(await main.take(1))[0]}`, String(await main.ask(['PING'])), String(await other.ask(['PING'])));
    return answers;
  });
}

async function untilBusy(client: RawClient): Promise<void> {
  await until(async () => String(await client.ask(['PING'])).startsWith('-BUSY '), 'the script is slow');
}

async function withClients<T>(port: number, run: (main: RawClient, other: RawClient) => Promise<T>): Promise<T> {
  const [main, other] = [await RawClient.connect(port), await RawClient.connect(port)];
  try {
    return await run(main, other);
  } finally {
    main.close();
    other.close();
  }
}
