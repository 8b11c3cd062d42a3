import { type Line, type ListRecord, type RecordReader, trimSpace, wrong } from '../../lookups/lists/records.js';
import { valueJson } from '../answers.js';

/** One object per line, `{"key": …, "value": …}`, as `query --json` prints them: bytes in base64 where they are no text. */
export class JsonLines implements RecordReader {
  push(line: Line): ListRecord | undefined {
    if (trimSpace(line.text) === '') return undefined;
    const object = parse(line.text);
    const key = bytesOf(object, 'key');
    const value = bytesOf(object, 'value');
    if (key === undefined || value === undefined) return wrong(line, 'expected {"key": "…", "value": "…"}');
    return { kind: 'entry', key, value, line };
  }

  end(): undefined {
    return undefined;
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** One character per byte. */
function bytesOf(object: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const text = object[name];
  if (typeof text === 'string') return Buffer.from(text, 'utf8').latin1Slice();
  const encoded = object[`${name}Base64`];
  return typeof encoded === 'string' ? Buffer.from(encoded, 'base64').latin1Slice() : undefined;
}

export function jsonLine(key: Buffer, value: Buffer): string {
  return Buffer.from(JSON.stringify({ ...valueJson('key', key), ...valueJson('value', value) })).latin1Slice();
}
