import { type Line, type ListRecord, PRESENT, type RecordReader, trimSpace } from './records.js';

/** One key per line, without the white space around it. Empty lines and lines that start with "#" are left out. */
export class PlainList implements RecordReader {
  push(line: Line): ListRecord | undefined {
    const key = trimSpace(line.text);
    return key === '' || key.startsWith('#') ? undefined : { kind: 'entry', key, value: PRESENT, line };
  }

  end(): undefined {
    return undefined;
  }
}
