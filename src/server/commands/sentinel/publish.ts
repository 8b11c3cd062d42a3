import { CommandError } from '../../errors.js';
import { HELLO_CHANNEL } from '../../sentinel/hello.js';
import type { CommandDeclaration } from '../command.js';
import { publish as plainPublish } from '../pubsub/publish.js';

/** PUBLISH of a sentinel takes what other sentinels tell of themselves, as a server's channel does. */
export const publish: CommandDeclaration = {
  ...plainPublish,
  run({ args, reply, server }) {
    if (args.text(1) !== HELLO_CHANNEL) throw ONLY_HELLO;
    server.sentinel!.helloReceiver.receive(args.text(2));
    reply.integer(1);
  },
};

const ONLY_HELLO = new CommandError('ERR Only HELLO messages are accepted by Sentinel instances.');
