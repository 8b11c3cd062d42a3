import { expect, it } from 'vitest';
import { payload } from '../harness/payloads.js';
import { RawClient } from '../harness/raw-client.js';
import { describeTwin } from '../harness/twin.js';

const library = (name: string, ...functions: string[]) =>
  `#!lua name=${name}\n${functions.map((each) => `redis.register_function('${each}', function() return '${name}' end)`).join('\n')}`;

const footed = (body: string) => payload(Buffer.from(body, 'latin1'));
const saved = (...codes: string[]) =>
  footed(codes.map((code) => `\xf5\x40${String.fromCharCode(code.length)}${code}`).join(''));
const ONE = library('one', 'a');
const TWO = library('two', 'b');

describeTwin('FUNCTION DUMP and RESTORE', {}, (twin) => {
  const onBoth = async (...commands: (string | Buffer)[][]): Promise<[string[], string[]]> => {
    const replies: string[][] = [];
    for (const port of [twin().real.port, twin().port]) {
      const client = await RawClient.connect(port);
      await client.ask(['FUNCTION', 'FLUSH']);
      const texts: string[] = [];
      for (const words of commands) texts.push((await client.ask(words)).toString('latin1'));
      replies.push(texts);
      client.close();
    }
    return replies as [string[], string[]];
  };

  it.each<[string, (string | Buffer)[][]]>([
    ['none', [['FUNCTION', 'DUMP']]],
    [
      'one library',
      [
        ['FUNCTION', 'LOAD', ONE],
        ['FUNCTION', 'DUMP'],
      ],
    ],
    [
      'restores',
      [
        ['FUNCTION', 'RESTORE', saved(ONE, TWO)],
        ['FCALL', 'a', '0'],
        ['FCALL', 'b', '0'],
      ],
    ],
    [
      'appends',
      [
        ['FUNCTION', 'LOAD', TWO],
        ['FUNCTION', 'RESTORE', saved(ONE), 'APPEND'],
        ['FCALL', 'a', '0'],
        ['FCALL', 'b', '0'],
      ],
    ],
    [
      'appends what is there',
      [
        ['FUNCTION', 'LOAD', ONE],
        ['FUNCTION', 'RESTORE', saved(TWO, ONE)],
        ['FCALL', 'a', '0'],
        ['FCALL', 'b', '0'],
      ],
    ],
    [
      'replaces',
      [
        ['FUNCTION', 'LOAD', library('one', 'old')],
        ['FUNCTION', 'RESTORE', saved(ONE), 'replace'],
        ['FCALL', 'a', '0'],
        ['FCALL', 'old', '0'],
      ],
    ],
    [
      'flushes',
      [
        ['FUNCTION', 'LOAD', TWO],
        ['FUNCTION', 'RESTORE', saved(ONE), 'FLUSH'],
        ['FCALL', 'a', '0'],
        ['FCALL', 'b', '0'],
      ],
    ],
    [
      'a function of another library',
      [
        ['FUNCTION', 'LOAD', library('other', 'a')],
        ['FUNCTION', 'RESTORE', saved(ONE), 'REPLACE'],
        ['FCALL', 'a', '0'],
      ],
    ],
    [
      'a broken library',
      [
        ['FUNCTION', 'LOAD', TWO],
        ['FUNCTION', 'RESTORE', saved(ONE, '#!lua name=x\nnonsense'), 'FLUSH'],
        ['FCALL', 'b', '0'],
        ['FCALL', 'a', '0'],
      ],
    ],
    ['something else', [['FUNCTION', 'RESTORE', footed('\x00\x01a')]]],
    [
      'an empty payload',
      [
        ['FUNCTION', 'RESTORE', footed('')],
        ['FUNCTION', 'RESTORE', ''],
      ],
    ],
    [
      'a wrong policy',
      [
        ['FUNCTION', 'RESTORE', saved(ONE), 'NO'],
        ['FUNCTION', 'RESTORE', saved(ONE), 'FLUSH', 'x'],
      ],
    ],
    ['a wrong checksum', [['FUNCTION', 'RESTORE', Buffer.from(saved(ONE)).fill(0, 40)]]],
  ])('%s', async (_title, commands) => {
    const [real, ours] = await onBoth(...commands);
    expect(ours).toEqual(real);
  });
});
