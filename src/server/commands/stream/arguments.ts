import type { Args, ByteString } from '../../../resp/args.js';
import {
  FIRST_ID,
  idAfter,
  idBefore,
  LAST_ID,
  MAX_UINT64,
  parseStreamId,
  type StreamId,
} from '../../data/stream-id.js';
import { CommandError } from '../../errors.js';

export const invalidId = new CommandError('ERR Invalid stream ID specified as stream command argument');

/** "ms-seq" or "ms". */
export function readId(args: Args, i: number): StreamId {
  const id = parseStreamId(args.text(i), 0);
  if (id === undefined) throw invalidId;
  return id;
}

export function readIds(args: Args, from: number): StreamId[] {
  const ids: StreamId[] = [];
  for (let i = from; i < args.count; i++) ids.push(readId(args, i));
  return ids;
}

/** Where a range starts: an ID, "-", "+" or, exclusive, "(ID". */
export function readRangeStart(args: Args, i: number): StreamId {
  const { id, exclusive } = readBound(args.text(i), 0);
  const start = exclusive ? idAfter(id) : id;
  if (start === undefined) throw new CommandError('ERR invalid start ID for the interval');
  return start;
}

export function readRangeEnd(args: Args, i: number): StreamId {
  const { id, exclusive } = readBound(args.text(i), MAX_UINT64);
  const end = exclusive ? idBefore(id) : id;
  if (end === undefined) throw new CommandError('ERR invalid end ID for the interval');
  return end;
}

/** An ID, "-" or "+". */
export function readAnyId(args: Args, i: number): StreamId {
  const text = args.text(i);
  if (text === '-') return FIRST_ID;
  return text === '+' ? LAST_ID : readId(args, i);
}

function readBound(text: ByteString, missingSeq: number | bigint): { id: StreamId; exclusive: boolean } {
  const exclusive = text.length > 1 && text.startsWith('(');
  if (!exclusive && text === '-') return { id: FIRST_ID, exclusive };
  if (!exclusive && text === '+') return { id: LAST_ID, exclusive };
  const id = parseStreamId(exclusive ? text.slice(1) : text, missingSeq);
  if (id === undefined) throw invalidId;
  return { id, exclusive };
}

/** What a container's subcommand says to options that it does not know. */
export function subcommandSyntax(args: Args, container: string): CommandError {
  return new CommandError(
    `ERR unknown subcommand or wrong number of arguments for '${args.text(1).slice(0, 128)}'. Try ${container} HELP.`,
  );
}
