import { beforeEach, describe, expect, it } from 'vitest';
import { type Reply, ReplyError } from '../../../src/resp/reply.js';
import type { FunctionEngine } from '../../../src/server/scripting/function-engine.js';
import type { ScriptHost } from '../../../src/server/scripting/redis-library.js';
import { ScriptEngine } from '../../../src/server/scripting/script-engine.js';

const host: ScriptHost = { call: (args) => args.bytes(0), log() {}, permits: () => true, setPropagation() {} };
const COUNTER = `#!lua name=lib
local n = 0
redis.register_function('count', function() n = n + 1 return n end)
redis.register_function('spin', function() while true do end end)
redis.register_function('deep', function() local function f() return 1 + f() end return f() end)`;

let functions: FunctionEngine;
/** Milliseconds that pass at every look at the clock. */
let step = 0;

beforeEach(async () => {
  let time = 0;
  step = 0;
  const engine = await ScriptEngine.create({ now: () => (time += step), memoryLimit: 48 * 1024 * 1024 });
  functions = engine.functions;
});

function load(source: string): string {
  return functions.load(Buffer.from(source), { replace: true, host });
}

function call(name: string): Reply {
  return functions.run(name, [], [], host, { timeLimit: 100 });
}

describe('functions', () => {
  it('go on after one was stopped, with what their library kept set anew', () => {
    load(COUNTER);
    expect([call('count'), call('count')]).toEqual([1, 2]);
    step = 60;
    expect(() => call('spin')).toThrow(
      'ERR Script stopped: it ran for more than 100 ms script: spin, on @user_function:4.',
    );
    step = 0;
    expect(call('count')).toBe(1);
  });

  it('answer an endless recursion with an error and go on', () => {
    load(COUNTER);
    expect(call('deep')).toBeInstanceOf(ReplyError);
    expect(call('count')).toBe(1);
  });

  it('end a library that loads too long, and keep the others', () => {
    load(COUNTER);
    call('count');
    step = 300;
    expect(() => load('#!lua name=slow\nwhile true do end')).toThrow('FUNCTION LOAD timeout');
    step = 0;
    expect(call('count')).toBe(2);
    expect(functions.libraryCount).toBe(1);
  });

  it('are counted', () => {
    load(COUNTER);
    load("#!lua name=other\nredis.register_function('other', function() end)");
    expect([functions.libraryCount, functions.functionCount]).toEqual([2, 4]);
    functions.delete('lib');
    expect([functions.libraryCount, functions.functionCount]).toEqual([1, 1]);
    functions.flush();
    expect(call('other')).toEqual(new ReplyError('ERR Function not found'));
  });
});
