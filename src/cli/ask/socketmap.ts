import { found, notFound, type Outcome, permanent, temporary } from '../../core/outcome.js';
import { encodeNetstring, NetstringDecoder } from '../../net/netstring.js';
import type { AskingProtocol } from './conversation.js';

/** Socketmap as Postfix asks it. */
export function socketmapFor(map: string): AskingProtocol {
  const prefix = Buffer.from(`${map} `);
  return {
    createDecoder: () => new NetstringDecoder(),
    request: (key) => encodeNetstring(Buffer.concat([prefix, key])),
    outcome: (reply) => outcomeOfWords(reply, 'socketmap'),
  };
}

/** A word, a space, and a value or a reason; throws on anything else, naming the protocol. */
export function outcomeOfWords(reply: Buffer, protocol: string): Outcome {
  const space = reply.indexOf(0x20);
  const rest = reply.subarray(space + 1);
  switch (reply.toString('latin1', 0, space)) {
    case 'OK':
      return found(rest);
    case 'NOTFOUND':
      return notFound;
    case 'TEMP':
      return temporary(rest.toString());
    case 'PERM':
      return permanent(rest.toString());
    default:
      throw new Error(`its answer is not ${protocol}`);
  }
}
