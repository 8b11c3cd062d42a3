import { found } from '../../core/outcome.js';
import { REQUEST_LIMIT } from '../../frontends/policy/protocol.js';
import type { FrameDecoder } from '../../net/framing.js';
import { LineDecoder } from '../../net/lines.js';
import type { AskingProtocol } from './conversation.js';

/** What a request says that does not say otherwise: Postfix asks for most recipients. */
const USUAL: readonly (readonly [string, string])[] = [
  ['request', 'smtpd_access_policy'],
  ['protocol_state', 'RCPT'],
];

/** `name=value` words as one request; undefined where one of them is none. */
export function policyRequest(words: readonly string[]): Buffer | undefined {
  if (words.some((word) => !/^[\w-]+=[^\n]*$/.test(word))) return undefined;
  const said = new Set(words.map((word) => word.slice(0, word.indexOf('='))));
  const usual = USUAL.filter(([name]) => !said.has(name)).map(([name, value]) => `${name}=${value}`);
  return Buffer.from(`${[...usual, ...words].join('\n')}\n\n`);
}

/** Policy delegation as Postfix asks it: what is found is the action. */
export const policyDelegation: AskingProtocol = {
  createDecoder: () => new AnswerDecoder(),
  request: (request) => request,
  outcome(answer) {
    if (!answer.latin1Slice().startsWith('action=')) throw new Error('its answer is not policy delegation');
    return found(answer.subarray('action='.length));
  },
};

/** The line of each answer; what ends it is an empty one. */
class AnswerDecoder implements FrameDecoder {
  readonly #lines = new LineDecoder(REQUEST_LIMIT);

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  next(): Buffer | null {
    const line = this.#lines.next();
    return line?.length === 0 ? this.#lines.next() : line;
  }
}
