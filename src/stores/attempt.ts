import { type CallOptions, LinkError, type LinkErrorKind } from '../links/link.js';
import { type DeadlineWheel, WheelEntry } from './deadline-wheel.js';

/** Sends a call to the link, once. */
export type Send<T> = (options: CallOptions) => Promise<T>;

/**
 * One attempt of a call: ends with the link's answer, the caller's signal or its time, whichever is first.
 * What comes later is dropped.
 */
export class Attempt<T> extends WheelEntry {
  readonly #wheel: DeadlineWheel;
  readonly #node: string | undefined;
  readonly #signal: AbortSignal | undefined;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  #forget: (() => void) | undefined = undefined;
  #ended = false;

  constructor(wheel: DeadlineWheel, node: string | undefined, signal: AbortSignal | undefined) {
    super();
    this.#wheel = wheel;
    this.#node = node;
    this.#signal = signal;
  }

  run(send: Send<T>, options: CallOptions): Promise<T> {
    const promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (this.#signal !== undefined) this.#heed(this.#signal);
    try {
      send(options).then(
        (value) => {
          if (this.#finish()) this.#resolve(value);
        },
        (error) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
    return promise;
  }

  override expire(): void {
    this.#end('timeout', 'no answer in time');
  }

  override cancel(): void {
    this.#end('closed', 'the store was closed');
  }

  /** Ends it from outside: whether the command ran is not known then. */
  #end(kind: LinkErrorKind, message: string): void {
    this.#fail(new LinkError(kind, message, { node: this.#node, maybeExecuted: true }));
  }

  #fail(error: unknown): void {
    if (this.#finish()) this.#reject(error);
  }

  #heed(signal: AbortSignal): void {
    const abort = () => this.#end('aborted', 'the caller gave up');
    signal.addEventListener('abort', abort, { once: true });
    this.#forget = () => signal.removeEventListener('abort', abort);
  }

  #finish(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#wheel.remove(this);
    this.#forget?.();
    return true;
  }
}
