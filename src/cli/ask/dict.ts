import { found, notFound, type Outcome, temporary } from '../../core/outcome.js';
import { escaped, fieldsOf } from '../../frontends/dict/protocol.js';
import { LineDecoder } from '../../net/lines.js';
import type { AskingProtocol } from './conversation.js';

/** Dovecot's dict, version 3, as `doveadm dict get` asks it; `user` for keys that start with "priv/". */
export function dictFor(dict: string, user: string): AskingProtocol {
  let greeting = `H3\t2\t0\t\t${escaped(latin1(dict))}\n`;
  return {
    createDecoder: () => new LineDecoder(LONGEST_REPLY),
    request: (key) => {
      const request = `${greeting}L${escaped(key.latin1Slice())}\t${escaped(latin1(user))}\n`;
      greeting = '';
      return Buffer.from(request, 'latin1');
    },
    outcome: outcomeOf,
  };
}

/** A value's length is bounded by the store only, and each of its bytes may be escaped. */
const LONGEST_REPLY = 1_073_741_824;

function latin1(text: string): string {
  return Buffer.from(text).latin1Slice();
}

function outcomeOf(reply: Buffer): Outcome {
  const [rest = ''] = fieldsOf(reply.latin1Slice(1));
  switch (reply.latin1Slice(0, 1)) {
    case 'O':
      return found(Buffer.from(rest, 'latin1'));
    case 'N':
      return notFound;
    case 'F':
      return temporary(Buffer.from(rest, 'latin1').toString());
    default:
      throw new Error('its answer is not dict');
  }
}
