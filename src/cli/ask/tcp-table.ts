import { found, notFound, type Outcome, temporary } from '../../core/outcome.js';
import { decodePercent } from '../../frontends/percent.js';
import { LINE_LIMIT } from '../../frontends/tcp-table/protocol.js';
import { LineDecoder } from '../../net/lines.js';
import type { AskingProtocol } from './conversation.js';

/** tcp_table as Postfix asks it; the listener knows its map. */
export const tcpTable: AskingProtocol = {
  createDecoder: () => new LineDecoder(LINE_LIMIT),
  request: (key) => Buffer.from(`get ${escaped(key)}\n`, 'latin1'),
  outcome: outcomeOf,
};

function escaped(key: Buffer): string {
  const hex = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return key.toString('latin1').replace(/[^\x21-\x24\x26-\x7e]/g, hex);
}

function outcomeOf(reply: Buffer): Outcome {
  const text = decodePercent(reply.subarray('200 '.length));
  const code = reply.toString('latin1', 0, '200 '.length);
  if (text !== null && code === '200 ') return found(text);
  if (text !== null && code === '500 ') return notFound;
  if (text !== null && code === '400 ') return temporary(text.toString());
  throw new Error('its answer is not tcp_table');
}
