import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Reply, ReplyError } from '../../../src/resp/reply.js';
import type { ScriptHost } from '../../../src/server/scripting/redis-library.js';
import { ScriptEngine } from '../../../src/server/scripting/script-engine.js';

const MEMORY_LIMIT = 48 * 1024 * 1024;

let engine: ScriptEngine;
/** Milliseconds; every look at it moves it by `step`. */
let time = 0;
let step = 0;

beforeAll(async () => {
  engine = await ScriptEngine.create({ now: () => (time += step), memoryLimit: MEMORY_LIMIT });
});

beforeEach(() => {
  step = 0;
});

function hostThat(call: ScriptHost['call']): ScriptHost {
  return { call, log() {}, permits: () => true, setPropagation() {} };
}

const host = hostThat((args) => (args.word(0) === 'fail' ? new ReplyError('ERR failed') : args.bytes(0)));

function run(source: string, argv: readonly string[] = [], on: ScriptHost = host): Reply {
  const sha = engine.load(Buffer.from(source));
  return engine.run(
    sha,
    [],
    argv.map((value) => Buffer.from(value)),
    on,
    { timeLimit: 100 },
  );
}

function errorOf(reply: Reply): string {
  expect(reply).toBeInstanceOf(ReplyError);
  return (reply as ReplyError).message;
}

/** The engine still answers rightly, and a script before has changed nothing. */
function expectSound(): void {
  expect(run('return {KEYS, ARGV, redis.call("ping"), type(redis), cjson.encode({1})}', ['x'])).toEqual([
    [],
    [Buffer.from('x')],
    Buffer.from('ping'),
    Buffer.from('table'),
    Buffer.from('[1]'),
  ]);
}

describe('a script that does not end', () => {
  it.each([
    'while true do end',
    'while true do pcall(function() while true do end end) end',
    'while true do local co = coroutine.wrap(function() while true do end end) pcall(co) end',
    'local function f() return f() end f()',
    'repeat redis.call("ping") until false',
    'table.sort({1,2,3}, function() while true do end end)',
    'local t = setmetatable({}, {__index = function() while true do end end}) return t.x',
    'string.gsub("abc", ".", function() while true do end end)',
    'load(function() while true do end end)',
    'error(setmetatable({}, {__newindex = function() while true do end end}))',
  ])('is stopped: %s', (source) => {
    step = 60;
    expect(errorOf(run(source))).toMatch(
      /^ERR Script stopped: it ran for more than 100 ms script: [0-9a-f]{40}, on @.*:\d+\.$/,
    );
    step = 0;
    expectSound();
  });

  it('names the line where it was', () => {
    step = 1;
    expect(errorOf(run('local a = 1\nwhile true do\na = a + 1 end'))).toMatch(/on @user_script:[23]\.$/);
  });

  it('is not stopped without a limit', () => {
    step = 1000;
    const sha = engine.load(Buffer.from('for i = 1, 1e6 do end return 1'));
    expect(engine.run(sha, [], [], host, { timeLimit: 0 })).toBe(1);
  });
});

describe('a script that wants too much', () => {
  it.each([
    ['return string.rep("x", 1e9)', /not enough memory$/],
    ['local t = {} while true do t[#t + 1] = {} end', /not enough memory$/],
    ['local s = "x" while true do s = s .. s end', /not enough memory$/],
    ['local function f() return 1 + f() end return f()', /stack overflow/],
    ['local function f() return pcall(f) end f() error("end")', /end/],
    ['local function f() string.gsub("a", "a", f) end f()', /C stack overflow/],
    [
      'local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x',
      /C stack overflow/,
    ],
    ['return string.find("", string.rep("a-", 300000))', /stack overflow|not enough memory/],
    [
      'local t = {} for i = 1, 1e5 do t = {t} end cjson.encode_max_depth(1e9) return cjson.encode(t)',
      /excessive nesting|stack overflow/,
    ],
    ['return {unpack({}, 1, 1e7)}', /too many results to unpack/],
  ])('gets an error: %s', (source, message) => {
    expect(errorOf(run(source))).toMatch(message);
    expectSound();
  });

  it('may not give keys and arguments beyond the limit', () => {
    expect(errorOf(run('return #ARGV[1]', ['x'.repeat(MEMORY_LIMIT)]))).toMatch(/not enough memory$/);
    expectSound();
  });

  it('may not load code beyond the limit', () => {
    const nested = `return ${'('.repeat(1e5)}1${')'.repeat(1e5)}`;
    expect(() => engine.load(Buffer.from(nested))).toThrow(/^ERR Error compiling script/);
    expect(() => engine.load(Buffer.alloc(MEMORY_LIMIT, ' '))).toThrow(/not enough memory$/);
    expectSound();
  });

  it('answers a table that holds itself with an error in its depth', () => {
    let reply = run('local t = {} t[1] = t return t');
    while (Array.isArray(reply)) reply = reply[0]!;
    expect(errorOf(reply)).toBe('ERR reached lua stack limit');
    expectSound();
  });

  it('has its memory given back', () => {
    run('local t = {} for i = 1, 3e5 do t[i] = {} end');
    expectSound();
    run('collectgarbage()');
    expect(engine.usedMemory).toBeLessThan(1024 * 1024);
  });
});

describe('the host', () => {
  it('passes its exceptions through, and the engine lives', () => {
    const failure = new Error('host');
    const failing = hostThat(() => {
      throw failure;
    });
    expect(() => run('pcall(redis.call, "x") return 1', [], failing)).toThrow(failure);
    expect(() => run('return coroutine.wrap(function() redis.call("x") end)()', [], failing)).toThrow(failure);
    expectSound();
  });

  it('gets arguments as bytes and the protocol that the script chose', () => {
    const seen: unknown[] = [];
    const recording = hostThat((args, resp) => {
      seen.push([args.texts(), resp]);
      return null;
    });
    run('redis.call("a", 1, 2.5, "\\0\\255") redis.setresp(3) redis.pcall("b")', [], recording);
    run('redis.call("c")', [], recording);
    expect(seen).toEqual([
      [['a', '1', '2.5', '\0\xff'], 2],
      [['b'], 3],
      [['c'], 2],
    ]);
  });

  it('gets log lines, replication flags and questions about permission', () => {
    const seen: unknown[] = [];
    const recording: ScriptHost = {
      call: () => null,
      log: (level, message) => seen.push(['log', level, message]),
      permits: (args) => args.word(0) === 'get',
      setPropagation: (flags) => seen.push(['repl', flags]),
    };
    const source = `redis.log(redis.LOG_WARNING, 'a', 1, {}, 'b') redis.set_repl(redis.REPL_AOF)
      return {redis.acl_check_cmd('get', 'x'), redis.acl_check_cmd('set', 'x')}`;
    expect(run(source, [], recording)).toEqual([1, null]);
    expect(seen).toEqual([
      ['log', 3, 'a 1 b'],
      ['repl', 1],
    ]);
  });
});

describe('errors across frames', () => {
  it.each([
    ['local ok, e = pcall(function() return pcall(redis.call, "fail") or error("out", 0) end) return e', 'out'],
    ['local r = {} for i = 1, 500 do r[i] = select(2, pcall(redis.call, "fail")) end return r[500]', 'ERR failed'],
    ['return select(2, pcall(table.sort, {3, 2, 1}, function() redis.call("fail") end))', 'ERR failed'],
    ['return select(2, pcall(string.gsub, "abc", ".", function() redis.call("fail") end))', 'ERR failed'],
    ['return select(2, coroutine.resume(coroutine.create(function() redis.call("fail") end))).err', 'ERR failed'],
    [
      'local f = coroutine.wrap(function() coroutine.yield(1) redis.call("fail") end) f() return select(2, pcall(f))',
      'ERR failed',
    ],
    ['return select(2, xpcall(function() redis.call("fail") end, function(e) return e.err end))', 'ERR failed'],
  ])('%s', (source, expected) => {
    for (let i = 0; i < 20; i++) expect(run(source)).toEqual(Buffer.from(expected));
    expectSound();
  });
});

describe('loaded scripts', () => {
  it('are known by their SHA-1, with their flags', () => {
    const source = Buffer.from('#!lua flags=no-writes,allow-stale\nreturn 1');
    const sha = engine.load(source);
    expect(sha).toBe(createHash('sha1').update(source).digest('hex'));
    expect(engine.has(sha)).toBe(true);
    expect(engine.script(sha)).toMatchObject({
      body: source,
      flags: { compatible: false, noWrites: true, allowStale: true, allowOom: false },
    });
    expect(engine.script(engine.load(Buffer.from('return 2')))?.flags.compatible).toBe(true);
  });

  it('are gone after a flush', () => {
    const sha = engine.load(Buffer.from('return 1'));
    engine.flush();
    expect(engine.has(sha)).toBe(false);
    expect(engine.count).toBe(0);
    expect(errorOf(engine.run(sha, [], [], host, { timeLimit: 0 }))).toBe(
      'NOSCRIPT No matching script. Please use EVAL.',
    );
  });

  it('survive the loss of the interpreter', () => {
    const sha = engine.load(Buffer.from('return ARGV[1]'));
    step = 1;
    run('while true do end');
    step = 0;
    expect(engine.run(sha, [], [Buffer.from('v')], host, { timeLimit: 0 })).toEqual(Buffer.from('v'));
  });
});

it('needs no more memory after a hundred thousand scripts', () => {
  engine.flush();
  const source = `local n = redis.call('incr', ARGV[1]) local t = {n, {n}} pcall(redis.call, 'fail')
    return {cjson.encode(t), cmsgpack.pack(t), tostring(n) .. ARGV[1]}`;
  const once = () => {
    const sha = engine.load(Buffer.from(source));
    const argv = [Buffer.from('key')];
    for (let i = 0; i < 50_000; i++) engine.run(sha, [], argv, host, { timeLimit: 0 });
    run('collectgarbage()');
    return engine.usedMemory;
  };
  const first = once();
  expect(once()).toBeLessThan(first + 64 * 1024);
});

it('keeps and forgets many scripts without growing', () => {
  const round = (n: number) => {
    for (let i = 0; i < 2000; i++) run(`return ${n} + ${i}`);
    engine.flush();
    expectSound();
    return engine.usedMemory;
  };
  const first = round(1);
  expect(round(2)).toBeLessThan(first + 64 * 1024);
});
