import { found, notFound, type Outcome } from '../../core/outcome.js';
import type { LookupMap } from '../../lookups/lookup.js';
import { LineDecoder } from '../../net/lines.js';
import type { Terminal } from '../terminal.js';
import {
  encodeChecked,
  encodeUnknown,
  encodeUpdated,
  encodeValue,
  LINE_LIMIT,
  parseRequest,
  REGISTRATION,
  type TableRequest,
} from './protocol.js';

/** Requests under way; past this nothing more is read. */
const MOST_PENDING = 100;

/** What smtpd said is no line of the protocol. */
export class NotTableProtocol extends Error {
  override readonly name = 'NotTableProtocol';
}

/**
 * Answers smtpd until it closes its side. Requests are answered as their lookups end, each with its id. `fetch`
 * gives the items of what the map has for the service's name (`source`, `relayhost`), one after the other
 * and round again.
 */
export async function answerTable(map: LookupMap, { input, out }: Terminal): Promise<void> {
  const conversation = new TableConversation(map, (text) => out.write(Buffer.from(text, 'latin1')));
  const lines = new LineDecoder(LINE_LIMIT);
  for await (const chunk of input as AsyncIterable<string | Buffer>) {
    lines.push(Buffer.from(chunk));
    for (let line = lines.next(); line !== null; line = lines.next()) {
      await conversation.take(line.latin1Slice());
      await out.drained();
    }
  }
  await conversation.ended();
}

class TableConversation {
  readonly #map: LookupMap;
  readonly #write: (text: string) => void;
  readonly #pending = new Set<Promise<void>>();
  readonly #turns = new Map<string, number>();

  constructor(map: LookupMap, write: (text: string) => void) {
    this.#map = map;
    this.#write = write;
  }

  /** Resolves when there is room for another line. */
  async take(line: string): Promise<void> {
    const request = parseRequest(line);
    if (request === null) throw new NotTableProtocol('smtpd said what is no line of its table protocol');
    const answered = this.#answer(request).then((text) => this.#write(text));
    const ended = answered.finally(() => this.#pending.delete(ended));
    this.#pending.add(ended);
    if (this.#pending.size >= MOST_PENDING) await Promise.race(this.#pending);
  }

  async ended(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #answer(request: TableRequest): Promise<string> {
    switch (request.kind) {
      case 'config':
        return request.name === 'ready' ? REGISTRATION : '';
      case 'update':
        // The map follows its sources by itself.
        return encodeUpdated(request.id);
      case 'check':
        return encodeChecked(request.id, await this.#lookup(request.key));
      case 'lookup':
        return encodeValue('lookup', request.id, await this.#lookup(request.key));
      case 'fetch':
        return encodeValue('fetch', request.id, await this.#next(request.service));
      case 'unknown':
        return encodeUnknown(request.operation, request.id);
    }
  }

  #lookup(key: string): Promise<Outcome> {
    return this.#map.lookup(Buffer.from(key, 'latin1'));
  }

  async #next(service: string): Promise<Outcome> {
    const outcome = await this.#lookup(service);
    if (outcome.kind !== 'found') return outcome;
    const items = outcome.value
      .latin1Slice()
      .split(/[\s,]+/)
      .filter((item) => item !== '');
    const turn = this.#turns.get(service) ?? 0;
    this.#turns.set(service, turn + 1);
    return items.length === 0 ? notFound : found(Buffer.from(items[turn % items.length]!, 'latin1'));
  }
}
