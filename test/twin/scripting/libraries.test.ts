import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireProgram } from '../../harness/programs.js';
import { type Argument, ScriptTwin } from './script-twin.js';

const RUNS = { numRuns: 400 };

describe.skipIf(!requireProgram('redis'))('libraries of scripts with random values', () => {
  let twin: ScriptTwin;
  beforeAll(async () => {
    twin = await ScriptTwin.start();
  });
  afterAll(() => twin.stop());

  async function same(script: string, argv: readonly Argument[]): Promise<void> {
    const { real, ours } = await twin.run(script, argv);
    expect(ours).toBe(real);
  }

  const bytes = fc.uint8Array({ maxLength: 60 });
  const integer = fc.oneof(fc.integer(), fc.integer({ min: -40, max: 300 }), fc.maxSafeInteger());
  const number = fc.oneof(integer, fc.double({ noNaN: true }), fc.float({ noNaN: true }));

  it('cjson reads and writes the same text', async () => {
    const script = `local v = cjson.decode(ARGV[1]) return {cjson.encode(v), cjson.encode({v}), type(v)}`;
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4 }), (json) => same(script, [json])),
      RUNS,
    );
  });

  it('cjson refuses the same text in the same words', async () => {
    const piece = fc.constantFrom(
      ...'{}[],:"\\ \t0123456789.eE+-',
      'true',
      'null',
      'false',
      '\\u00e9',
      '\\ud83d',
      'nan',
      'inf',
      '0x1',
      'a',
    );
    // JavaScript has one NaN, without a sign.
    const text = fc
      .array(piece, { maxLength: 12 })
      .map((pieces) => pieces.join(''))
      .filter((json) => !json.includes('-nan'));
    const script = `local ok, v = pcall(cjson.decode, ARGV[1])
      if type(v) == 'number' then v = string.format('%.17g', v) elseif type(v) == 'table' then v = #v end
      return {ok, v}`;
    await fc.assert(
      fc.asyncProperty(text, (json) => same(script, [json])),
      { numRuns: 1500 },
    );
  });

  it('cjson writes any bytes and numbers alike', async () => {
    const script = `local n = tonumber(ARGV[2]) return cjson.encode({ARGV[1], n, {[ARGV[1]] = n}, {[n] = 1}})`;
    await fc.assert(
      fc.asyncProperty(bytes, fc.double({ noNaN: true, noDefaultInfinity: true }), (text, n) =>
        same(`local ok, v = pcall(function() ${script} end) return v`, [text, String(n)]),
      ),
      RUNS,
    );
  });

  it('cmsgpack packs alike and reads it back', async () => {
    const script = `local v = cjson.decode(ARGV[1]) local n = tonumber(ARGV[2])
      local packed = cmsgpack.pack(v, n, ARGV[3])
      local a, b, c = cmsgpack.unpack(packed)
      return {packed, cjson.encode({a}), string.format('%.17g', b), c}`;
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4, noUnicodeString: true }), number, bytes, (json, n, text) =>
        same(script, [json, String(n), text]),
      ),
      RUNS,
    );
  });

  it('cmsgpack reads any bytes alike', async () => {
    const script = `local function show(v)
        if type(v) ~= 'table' then return type(v) .. tostring(v) end
        local n = 0 for _ in pairs(v) do n = n + 1 end return 'table' .. n
      end
      local r = {pcall(cmsgpack.unpack_one, ARGV[1])} for i = 1, 3 do r[i] = show(r[i]) end return r`;
    const noHugeTables = bytes.filter((b) => !b.some((byte) => byte === 0xdd || byte === 0xdf));
    await fc.assert(
      fc.asyncProperty(noHugeTables, (data) => same(script, [data])),
      RUNS,
    );
  });

  it('struct packs and unpacks alike', async () => {
    const item = fc.constantFrom(...'bBhHlLTiIfdsx<>! ', 'i1', 'i3', 'I7', 'i8', 'i16', 'c2', 'c0', '!2', '!4', 'z');
    const format = fc.array(item, { maxLength: 8 }).map((items) => items.join(''));
    const script = `local args = {} for i = 2, #ARGV do args[#args + 1] = ARGV[i] end
      local ok, packed = pcall(struct.pack, ARGV[1], unpack(args))
      local r = {ok, packed, pcall(struct.size, ARGV[1])}
      if ok then
        for i, v in ipairs({pcall(struct.unpack, ARGV[1], packed)}) do
          r[#r + 1] = type(v) == 'number' and string.format('%.17g', v) or v
        end
      end
      return r`;
    await fc.assert(
      fc.asyncProperty(format, fc.array(number, { minLength: 8, maxLength: 8 }), (fmt, values) =>
        same(script, [fmt, ...values.map(String)]),
      ),
      RUNS,
    );
  });

  it('struct unpacks any bytes alike', async () => {
    const format = fc.constantFrom('bBhH', '>l', '<L', 'i5', 'I16', 's', 'bc0', 'fd', '>f>d', '!4bi', 'xi3');
    const script = `local r = {pcall(struct.unpack, ARGV[1], ARGV[2])}
      for i = 1, #r do if type(r[i]) == 'number' then r[i] = string.format('%.17g', r[i]) end end return r`;
    await fc.assert(
      fc.asyncProperty(format, bytes, (fmt, data) => same(script, [fmt, data])),
      RUNS,
    );
  });

  it('bit operations give the same numbers', async () => {
    const names = [
      'band',
      'bor',
      'bxor',
      'lshift',
      'rshift',
      'arshift',
      'rol',
      'ror',
      'tohex',
      'bnot',
      'tobit',
      'bswap',
    ];
    const script = `return tostring(bit[ARGV[1]](tonumber(ARGV[2]), tonumber(ARGV[3])))`;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), number, integer, (name, a, b) =>
        same(script, [name, String(a), String(b)]),
      ),
      RUNS,
    );
  });

  it('numbers become the same text', async () => {
    const script = `local n = tonumber(ARGV[1])
      return {tostring(n), n, redis.call('echo', n), string.format('%d|%x|%5.3f', n, n, n), cjson.encode(n)}`;
    const finite = fc.oneof(integer, fc.double({ noNaN: true, noDefaultInfinity: true }));
    await fc.assert(
      fc.asyncProperty(finite, (n) => same(script, [String(n)])),
      { numRuns: 1000 },
    );
  });

  it('integers are formatted alike', async () => {
    const format = fc
      .tuple(
        fc.constantFrom('', '-', '0', '+', ' ', '#', '-+', '0 '),
        fc.constantFrom('', '3', '12'),
        fc.constantFrom('', '.0', '.4', '.15'),
        fc.constantFrom(...'diuoxX'),
      )
      .map((parts) => `%${parts.join('')}|`);
    await fc.assert(
      fc.asyncProperty(format, integer, (fmt, n) => same('return string.format(ARGV[1], ARGV[2])', [fmt, String(n)])),
      { numRuns: 1000 },
    );
  });

  it('tables are walked in the same order', async () => {
    const script = `local t, r = {}, {} for i, k in ipairs(ARGV) do t[k] = i end
      for k, v in pairs(t) do r[#r + 1] = k end return r`;
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 30 }), (keys) => same(script, keys)),
      { numRuns: 200 },
    );
  });
});
