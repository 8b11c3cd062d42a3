import {
  compareIds,
  idText,
  isZero,
  MAX_UINT64,
  parseStreamId,
  parseUint64,
  type StreamId,
  type Uint64,
} from '../../data/stream-id.js';
import { payload, StreamValue } from '../../data/stream-value.js';
import { CommandError, wrongArity } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { invalidId } from './arguments.js';
import { TrimOptions } from './trim-options.js';

export const xadd: CommandDeclaration = {
  name: 'xadd',
  summary: 'Appends a new entry to a stream',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.',
  history: [
    '6.2.0 Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option.',
    '7.0.0 Added support for the `<ms>-*` explicit ID form.',
  ],
  arguments: [
    'key#0',
    '[NOMKSTREAM@6.2.0]',
    `[trim(
      strategy(MAXLEN | MINID@6.2.0),
      [operator(equal"=" | approximately"~")],
      threshold,
      [LIMIT count:integer@6.2.0]
    )]`,
    'id_or_auto(auto_id"*" | id)',
    'field_value(field, value)...',
  ],
  arity: -5,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, server, reply } = call;
    const options = readOptions(call);
    const trim = options.trim.trim(call, false);
    const from = options.idPlace + 1;
    if (args.count - from < 2 || (args.count - from) % 2 === 1) throw wrongArity('xadd');
    if (options.id !== undefined && 'seq' in options.id && isZero(options.id)) throw zeroId;
    const found = call.write<StreamValue>(1, Type.stream);
    if (!found && options.mustExist) {
      reply.nil();
      return;
    }
    const id = newId(call, found ?? EMPTY, options.id);
    if (payload(args, from) > MAX_PAYLOAD) throw tooLarge;
    const stream = found ?? call.obtain(1, Type.stream, () => new StreamValue());
    stream.append(id, args, from, server.settings);
    reply.bulk(idText(id));
    call.changed(1, NOTIFY.stream, 'xadd');
    server.blocking.becameReady(call.db, args.text(1));
    if (trim && stream.trim(trim) > 0) call.notify(1, NOTIFY.stream, 'xtrim');
    if (server.effects.listened) propagate(call, options, id, stream);
  },
};

/** An ID as it was asked for: whole, or only its milliseconds ("ms-*"). */
type WantedId = StreamId | { readonly ms: Uint64 };

interface Options {
  readonly trim: TrimOptions;
  readonly mustExist: boolean;
  /** Where the ID is; behind the last argument when it is missing. */
  readonly idPlace: number;
  /** undefined: "*". */
  readonly id: WantedId | undefined;
}

function readOptions({ args }: Call): Options {
  const trim = new TrimOptions();
  let mustExist = false;
  for (let i = 2; i < args.count; i++) {
    if (args.text(i) === '*') return { trim, mustExist, idPlace: i, id: undefined };
    const last = trim.read(args, i);
    if (last !== undefined) i = last;
    else if (args.word(i) === 'nomkstream') mustExist = true;
    else return { trim, mustExist, idPlace: i, id: readWantedId(args.text(i)) };
  }
  return { trim, mustExist, idPlace: args.count, id: undefined };
}

function readWantedId(text: string): WantedId {
  const [ms, seq] = text.split('-') as [string, string?];
  const wanted = seq === '*' && text === `${ms}-*` ? partial(parseUint64(ms)) : parseStreamId(text, 0);
  if (wanted === undefined) throw invalidId;
  return wanted;
}

function partial(ms: Uint64 | undefined): WantedId | undefined {
  return ms === undefined ? undefined : { ms };
}

function newId({ now }: Call, stream: StreamValue, wanted: WantedId | undefined): StreamId {
  if (stream.lastId.ms === MAX_UINT64 && stream.lastId.seq === MAX_UINT64) throw exhausted;
  const id = wanted === undefined ? stream.nextId(now) : 'seq' in wanted ? wanted : stream.nextIdIn(wanted.ms);
  if (id === undefined || compareIds(id, stream.lastId) <= 0) throw notAbove;
  return id;
}

/** As it came, with the ID and the length that it led to. */
function propagate(call: Call, { trim, idPlace, id: wanted }: Options, id: StreamId, stream: StreamValue): void {
  const words = trim.exactly(call.args.texts(), stream);
  if (wanted === undefined || !('seq' in wanted)) words[idPlace] = idText(id);
  call.propagate(...words);
}

const EMPTY = new StreamValue();
const MAX_PAYLOAD = 2 ** 30;
const zeroId = new CommandError('ERR The ID specified in XADD must be greater than 0-0');
const exhausted = new CommandError('ERR The stream has exhausted the last possible ID, unable to add more items');
const notAbove = new CommandError('ERR The ID specified in XADD is equal or smaller than the target stream top item');
const tooLarge = new CommandError('ERR Elements are too large to be stored');
