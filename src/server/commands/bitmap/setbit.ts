import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { growString } from '../string/grow.js';
import { readBit, readBitOffset } from './offset.js';

export const setbit: CommandDeclaration = {
  name: 'setbit',
  summary: 'Sets or clears the bit at offset in the string value stored at key',
  since: '2.2.0',
  group: 'bitmap',
  complexity: 'O(1)',
  arguments: ['key#0', 'offset:integer', 'value:integer'],
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey,
  run(call) {
    const { args, db, reply } = call;
    const offset = readBitOffset(call, 2);
    const bit = readBit(args, 3);
    const byte = Math.floor(offset / 8);
    const ref = call.writeString(1);
    const isLonger = ref === 0 || byte >= db.entries.stringLength(ref);
    const target = growString(call, ref, byte + 1);
    const bytes = db.entries.stringBuffer(target);
    const at = db.entries.stringStart(target) + byte;
    const mask = 0x80 >> (offset & 7);
    const before = (bytes[at]! & mask) === 0 ? 0 : 1;
    bytes[at] = bit ? bytes[at]! | mask : bytes[at]! & ~mask;
    if (isLonger || before !== bit) call.changed(1, NOTIFY.string, 'setbit');
    reply.integer(before);
  },
};
