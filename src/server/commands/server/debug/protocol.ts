import type { ReplySink } from '../../../../resp/sink.js';
import { CommandError } from '../../../errors.js';
import type { Call } from '../../call.js';

const REPLIES: ReadonlyMap<string, (reply: ReplySink, pushes: ReplySink) => void> = new Map(
  Object.entries<(reply: ReplySink, pushes: ReplySink) => void>({
    string: (reply) => reply.bulk('Hello World'),
    integer: (reply) => reply.integer(12345),
    // biome-ignore lint/suspicious/noApproximativeNumericConstant: Redis's own test value, not pi
    double: (reply) => reply.double(3.141),
    bignum: (reply) => reply.bigNumber('1234567999999999999999999999999999999'),
    null: (reply) => reply.nil(),
    array: (reply) => {
      reply.array(3);
      for (let i = 0; i < 3; i++) reply.integer(i);
    },
    set: (reply) => {
      reply.set(3);
      for (let i = 0; i < 3; i++) reply.integer(i);
    },
    map: (reply) => {
      reply.map(3);
      for (let i = 0; i < 3; i++) {
        reply.integer(i);
        reply.bool(i === 1);
      }
    },
    attrib: (reply) => {
      if (reply.protocol === 3) {
        reply.attribute(1);
        reply.bulk('key-popularity');
        reply.array(2);
        reply.bulk('key:123');
        reply.integer(90);
      }
      reply.bulk('Some real reply following the attribute');
    },
    push: (reply, pushes) => {
      if (reply.protocol < 3) throw new CommandError('ERR RESP2 is not supported by this command');
      pushes.push(2);
      pushes.bulk('server-cpu-usage');
      pushes.integer(42);
      // A push is no reply: clients wait for this one.
      reply.bulk('Some real reply following the push reply');
    },
    verbatim: (reply) => reply.verbatim('txt', 'This is a verbatim\nstring'),
    true: (reply) => reply.bool(true),
    false: (reply) => reply.bool(false),
  }),
);

/** A reply of the named type, for client libraries' tests. */
export function debugProtocol({ args, reply, session }: Call): void {
  const write = REPLIES.get(args.word(2));
  if (!write) {
    throw new CommandError(
      'ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false',
    );
  }
  // CLIENT REPLY OFF is about replies alone.
  write(reply, session.replyMode === 'on' ? reply : session.reply);
}
