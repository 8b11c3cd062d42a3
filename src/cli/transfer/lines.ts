import type { Line } from '../../lookups/lists/records.js';

/** Bytes of one line, at the most: what has no line ends is no list. */
const LONGEST_LINE = 16 * 1_048_576;

const LF = 0x0a;
const CR = 0x0d;

/** The lines of a stream, a chunk's at a time, so that a file of any size is never in memory as a whole. */
export async function* linesOfStream(chunks: AsyncIterable<Buffer>, start: Place): AsyncGenerator<readonly Line[]> {
  let rest: Buffer = Buffer.alloc(0);
  let { offset, line: number } = start;
  for await (const chunk of chunks) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (offset === 0 && bytes.length >= 3 && bytes.latin1Slice(0, 3) === BYTE_ORDER_MARK) {
      bytes = bytes.subarray(3);
      offset = 3;
    }
    const lines: Line[] = [];
    let at = 0;
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, at)) {
      lines.push(lineOf(bytes, at, end, number++, offset + at));
      at = end + 1;
    }
    offset += at;
    rest = bytes.subarray(at);
    if (rest.length > LONGEST_LINE) throw new RangeError(`line ${number} has more than ${LONGEST_LINE} bytes`);
    yield lines;
  }
  if (rest.length > 0) yield [lineOf(rest, 0, rest.length, number, offset)];
}

/** Where a reader stands: the next byte, and the number of its line. */
export interface Place {
  readonly offset: number;
  readonly line: number;
}

export const START: Place = { offset: 0, line: 1 };

const BYTE_ORDER_MARK = '\xef\xbb\xbf';

function lineOf(bytes: Buffer, start: number, end: number, number: number, offset: number): Line {
  const textEnd = end > start && bytes[end - 1] === CR ? end - 1 : end;
  return { text: bytes.latin1Slice(start, textEnd), number, offset };
}
