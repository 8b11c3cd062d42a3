import { describe, expect, it } from 'vitest';
import { quoted, readable, readableLine } from '../../../src/cli/readable.js';

describe('bytes on a terminal', () => {
  it.each<[string, Buffer, string, string]>([
    ['text', Buffer.from('Grüße, 日本 👋'), 'Grüße, 日本 👋', '"Grüße, 日本 👋"'],
    ['nothing', Buffer.alloc(0), '', '""'],
    ['quotes', Buffer.from('a "b" \\c'), 'a "b" \\c', '"a \\"b\\" \\\\c"'],
    ['an escape sequence', Buffer.from('\x1b[2Jgone'), '\\x1b[2Jgone', '"\\x1b[2Jgone"'],
    ['a carriage return and a bell', Buffer.from('a\rb\x07'), 'a\\rb\\a', '"a\\rb\\a"'],
    ['C1 controls', Buffer.from('\u009b2J'), '\\x9b2J', '"\\x9b2J"'],
    ['a direction override', Buffer.from('a\u202eb'), 'a\\u202eb', '"a\\u202eb"'],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0x00, 0xc3]), 'a\\xff\\x00\\xc3', '"a\\xff\\x00\\xc3"'],
  ])('%s', (_, bytes, shown, inQuotes) => {
    expect(readable(bytes)).toBe(shown);
    expect(readableLine(bytes)).toBe(shown);
    expect(quoted(bytes)).toBe(inQuotes);
  });

  it('keeps lines where they may be kept', () => {
    const text = Buffer.from('a\tb\nc');
    expect(readable(text)).toBe('a\tb\nc');
    expect(readableLine(text)).toBe('a\\tb\\nc');
    expect(quoted(text)).toBe('"a\\tb\\nc"');
  });

  it('reads a view of bytes, not what it is a view of', () => {
    expect(readable(new Uint8Array(Buffer.from('xaby')).subarray(1, 3))).toBe('ab');
  });
});
