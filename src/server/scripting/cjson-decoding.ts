import { parseCNumber } from '../commands/c-strtod.js';
import type { ByteBuilder } from './byte-builder.js';
import { SHORT_ESCAPES } from './cjson-escapes.js';
import type { Pointer, State } from './lua-binary.js';
import type { LuaVm } from './lua-vm.js';

type Token =
  | 'T_OBJ_BEGIN'
  | 'T_OBJ_END'
  | 'T_ARR_BEGIN'
  | 'T_ARR_END'
  | 'T_STRING'
  | 'T_NUMBER'
  | 'T_BOOLEAN'
  | 'T_NULL'
  | 'T_COLON'
  | 'T_COMMA'
  | 'T_END'
  | 'T_ERROR';

/** One call of decode. A Lua string ends in a NUL, so looking ahead never leaves it. */
export class Decoding {
  private at: Pointer;
  private tokenAt = 0;
  private number = 0;
  private problem = '';
  private depth = 0;

  constructor(
    private readonly vm: LuaVm,
    private readonly L: State,
    private readonly start: Pointer,
    private readonly string: ByteBuilder,
    private readonly invalidNumbers: boolean,
    private readonly maxDepth: number,
  ) {
    this.at = start;
  }

  run(): void {
    this.value(this.next());
    const token = this.next();
    if (token !== 'T_END') this.unexpected('the end', token);
  }

  private unexpected(expected: string, token: Token): never {
    const found = token === 'T_ERROR' ? this.problem : token;
    this.vm.error(this.L, `Expected ${expected} but found ${found} at character ${this.tokenAt + 1}`);
  }

  private value(token: Token): void {
    const { vm, L } = this;
    switch (token) {
      case 'T_STRING':
        vm.pushBytes(L, this.string.view());
        break;
      case 'T_NUMBER':
        vm.lua.lua_pushnumber(L, this.number);
        break;
      case 'T_BOOLEAN':
        vm.lua.lua_pushboolean(L, this.number);
        break;
      case 'T_OBJ_BEGIN':
        this.object();
        break;
      case 'T_ARR_BEGIN':
        this.array();
        break;
      case 'T_NULL':
        vm.lua.lua_pushlightuserdata(L, 0);
        break;
      default:
        this.unexpected('value', token);
        break;
    }
  }

  private descend(slots: number): void {
    this.depth++;
    if (this.depth <= this.maxDepth && this.vm.lua.lua_checkstack(this.L, slots) !== 0) return;
    const at = this.at - this.start;
    this.vm.error(this.L, `Found too many nested data structures (${this.depth}) at character ${at}`);
  }

  private object(): void {
    const { vm, L } = this;
    this.descend(3);
    vm.lua.lua_createtable(L, 0, 0);
    let token = this.next();
    while (token !== 'T_OBJ_END') {
      if (token !== 'T_STRING') this.unexpected('object key string', token);
      vm.pushBytes(L, this.string.view());
      token = this.next();
      if (token !== 'T_COLON') this.unexpected('colon', token);
      this.value(this.next());
      vm.lua.lua_rawset(L, -3);
      token = this.next();
      if (token === 'T_OBJ_END') break;
      if (token !== 'T_COMMA') this.unexpected('comma or object end', token);
      token = this.next();
      if (token === 'T_OBJ_END') this.unexpected('object key string', token);
    }
    this.depth--;
  }

  private array(): void {
    const { vm, L } = this;
    this.descend(2);
    vm.lua.lua_createtable(L, 0, 0);
    let token = this.next();
    for (let i = 1; token !== 'T_ARR_END'; i++) {
      this.value(token);
      vm.lua.lua_rawseti(L, -2, i);
      token = this.next();
      if (token === 'T_ARR_END') break;
      if (token !== 'T_COMMA') this.unexpected('comma or array end', token);
      token = this.next();
      if (token === 'T_ARR_END') this.unexpected('value', token);
    }
    this.depth--;
  }

  private next(): Token {
    const { heap } = this.vm;
    let c = heap[this.at]!;
    while (c === 0x20 || c === 0x09 || c === 0x0a || c === 0x0d) c = heap[++this.at]!;
    this.tokenAt = this.at - this.start;
    const single = SINGLE_TOKENS[c];
    if (single !== undefined) {
      if (c !== 0) this.at++;
      return single;
    }
    if (c === 0x22) return this.stringToken();
    if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      if (!this.invalidNumbers && this.isInvalidNumber()) return this.error('invalid number');
      return this.numberToken();
    }
    if (this.isAhead('true')) return this.word('T_BOOLEAN', 4, 1);
    if (this.isAhead('false')) return this.word('T_BOOLEAN', 5, 0);
    if (this.isAhead('null')) return this.word('T_NULL', 4, 0);
    const mayBeNumber = NUMBER_STARTS.has(c) && this.invalidNumbers && this.isInvalidNumber();
    return mayBeNumber ? this.numberToken() : this.error('invalid token');
  }

  private word(token: Token, length: number, value: number): Token {
    this.at += length;
    this.number = value;
    return token;
  }

  private error(problem: string): Token {
    this.tokenAt = this.at - this.start;
    this.problem = problem;
    return 'T_ERROR';
  }

  private isAhead(word: string, at = this.at): boolean {
    for (let i = 0; i < word.length; i++) if (this.vm.heap[at + i] !== word.charCodeAt(i)) return false;
    return true;
  }

  /** What strtod reads but JSON forbids: a plus sign, leading zeros, hexadecimal, inf and nan. */
  private isInvalidNumber(): boolean {
    const { heap } = this.vm;
    let at = this.at;
    if (heap[at] === 0x2b) return true;
    if (heap[at] === 0x2d) at++;
    if (heap[at] === 0x30) {
      const second = heap[at + 1]!;
      return (second | 0x20) === 0x78 || (second >= 0x30 && second <= 0x39);
    }
    return /^(inf|nan)/i.test(heap.latin1Slice(at, at + 3));
  }

  private numberToken(): Token {
    const parsed = parseCNumber(this.vm.heap, this.at);
    if (parsed.end === this.at) return this.error('invalid number');
    this.number = parsed.value;
    this.at = parsed.end;
    return 'T_NUMBER';
  }

  private stringToken(): Token {
    const { string } = this;
    const { heap } = this.vm;
    string.clear();
    let at = this.at + 1;
    let plain = at;
    for (let c = heap[at]!; c !== 0x22; c = heap[at]!) {
      if (c !== 0 && c !== 0x5c) {
        at++;
        continue;
      }
      string.bytes(heap, plain, at);
      this.at = at;
      if (c === 0) return this.error('unexpected end of string');
      const problem = this.escape(heap);
      if (problem !== undefined) return this.error(problem);
      plain = at = this.at;
    }
    string.bytes(heap, plain, at);
    this.at = at + 1;
    return 'T_STRING';
  }

  /** Takes the escape at `at` and stands after it; returns what is wrong with it. */
  private escape(heap: Buffer): string | undefined {
    const letter = heap[this.at + 1]!;
    if (letter === 0x75) return this.unicode(heap) ? undefined : 'invalid unicode escape code';
    const plain = UNESCAPED[letter];
    if (plain === undefined) return 'invalid escape code';
    this.string.byte(plain);
    this.at += 2;
    return undefined;
  }

  private unicode(heap: Buffer): boolean {
    let point = hex4(heap, this.at + 2);
    if (point < 0) return false;
    let length = 6;
    if ((point & 0xf800) === 0xd800) {
      if ((point & 0x400) !== 0 || !this.isAhead('\\u', this.at + 6)) return false;
      const low = hex4(heap, this.at + 8);
      if (low < 0 || (low & 0xfc00) !== 0xdc00) return false;
      point = (((point & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000;
      length = 12;
    }
    const utf8 = Buffer.from(String.fromCodePoint(point), 'utf8');
    this.string.bytes(utf8, 0, utf8.length);
    this.at += length;
    return true;
  }
}

function hex4(heap: Buffer, at: Pointer): number {
  const text = heap.latin1Slice(at, at + 4);
  return /^[0-9a-f]{4}$/i.test(text) ? Number.parseInt(text, 16) : -1;
}

const NUMBER_STARTS = new Set([...'+iInN'].map((c) => c.charCodeAt(0)));

const SINGLE_TOKENS: ReadonlyArray<Token | undefined> = Array.from({ length: 256 }, (_, code) => {
  const tokens: Partial<Record<string, Token>> = {
    '{': 'T_OBJ_BEGIN',
    '}': 'T_OBJ_END',
    '[': 'T_ARR_BEGIN',
    ']': 'T_ARR_END',
    ',': 'T_COMMA',
    ':': 'T_COLON',
    '\0': 'T_END',
  };
  return tokens[String.fromCharCode(code)];
});

const UNESCAPED: ReadonlyArray<number | undefined> = Array.from(
  { length: 256 },
  (_, code) => SHORT_ESCAPES.find(([, letter]) => letter.charCodeAt(0) === code)?.[0],
);
