import { LINE_LIMIT } from '../../frontends/line/protocol.js';
import { LineDecoder } from '../../net/lines.js';
import type { AskingProtocol } from './conversation.js';
import { outcomeOfWords } from './socketmap.js';

/** Lines, as OpenSMTPD and Exim ask. */
export function lineFor(map: string): AskingProtocol {
  const prefix = Buffer.from(`${map} `);
  return {
    createDecoder: () => new LineDecoder(LINE_LIMIT),
    request: (key) => {
      if (key.includes(0x0a)) throw new Error('a key with a line break cannot be asked for in a line');
      return Buffer.concat([prefix, key, Buffer.from('\n')]);
    },
    outcome: (reply) => outcomeOfWords(reply, 'the line protocol'),
  };
}
