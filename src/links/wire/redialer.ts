import type { Socket } from 'node:net';
import type { Cancel } from '../../core/clock.js';
import { LinkError } from '../link.js';
import { dialAdmitted } from './admitted-dial.js';
import type { Dialling } from './dial.js';
import type { LinkContext, Target } from './target.js';

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;

export interface RedialerEvents {
  up(socket: Socket): void;
  /** An attempt failed; the next follows by itself. */
  down(error: LinkError): void;
}

/**
 * Keeps one connection up: dials within `connectTimeout`, and again after a growing wait when that failed
 * or the connection was lost, for ever, until stopped.
 */
export class Redialer {
  #state: 'idle' | 'dialling' | 'up' | 'waiting' | 'stopped' = 'idle';
  #failures = 0;
  #dialling: Dialling | undefined;
  #cancel: Cancel | undefined;

  #target: Target | undefined;

  /** `chooseTarget` is asked at each attempt. */
  constructor(
    private readonly chooseTarget: () => Target,
    private readonly context: LinkContext,
    private readonly events: RedialerEvents,
  ) {}

  get stopped(): boolean {
    return this.#state === 'stopped';
  }

  /** Whether a connection is wanted and was lost or refused, not only begun. */
  get seeking(): boolean {
    return this.#state === 'waiting' || (this.#state === 'dialling' && this.#failures > 0);
  }

  /** The server it is connected to, or tried last. */
  get nodeName(): string | undefined {
    return this.#target?.name;
  }

  /** What may be wrong, while an attempt gets no answer. */
  get hintWhenLate(): string | undefined {
    return this.#dialling?.hintWhenLate();
  }

  /** Dials the first time; later calls do nothing. */
  start(): void {
    if (this.#state === 'idle') this.#dial();
  }

  /** The connection proved itself: the next loss is answered by dialling at once. */
  healthy(): void {
    this.#failures = 0;
  }

  /** The connection was lost. */
  lost(): void {
    if (this.#state === 'up') this.#again();
  }

  stop(): void {
    this.#state = 'stopped';
    this.#cancel?.();
    this.#dialling?.cancel();
  }

  #dial(): void {
    this.#state = 'dialling';
    const target = this.chooseTarget();
    const dialling = dialAdmitted(target);
    this.#target = target;
    this.#dialling = dialling;
    let late = false;
    this.#cancel = this.context.clock.schedule(this.context.connectTimeout, () => {
      late = true;
      dialling.cancel();
    });
    dialling.socket.then(
      (socket) => this.#dialled(socket),
      (error: LinkError) => this.#failed(late ? this.#tooLate(target.name, dialling.hintWhenLate()) : error),
    );
  }

  #dialled(socket: Socket): void {
    this.#cancel?.();
    this.#dialling = undefined;
    if (this.stopped) {
      socket.destroy();
      return;
    }
    this.#state = 'up';
    this.context.log?.info({ node: this.nodeName }, 'connected');
    this.events.up(socket);
    if (this.#target !== undefined) this.context.connected?.(this.#target.name);
  }

  #failed(error: LinkError): void {
    this.#cancel?.();
    this.#dialling = undefined;
    if (this.stopped) return;
    if (this.#failures <= 1) this.#tell(error);
    this.#failures ||= 1;
    this.#again();
    this.events.down(error);
    if (this.#target !== undefined) this.context.notConnected?.(this.#target.name);
  }

  #tell(error: LinkError): void {
    const { node, hint } = error.details;
    const reason = error.message.slice(`${node}: `.length);
    this.context.log?.warn({ node, reason, ...(hint === undefined ? {} : { hint }) }, 'not connected');
  }

  #again(): void {
    this.#state = 'waiting';
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
    // Jitter, so that many processes do not come back to a server in the same instant.
    const wait = this.#failures === 0 ? 0 : longest * (0.5 + this.context.random.float() / 2);
    this.#failures++;
    this.#cancel = this.context.clock.schedule(wait, () => this.#dial());
  }

  #tooLate(name: string, hint: string | undefined): LinkError {
    const message = `${name}: cannot connect: no answer within ${this.context.connectTimeout} ms`;
    return new LinkError('connection', message, { node: name, maybeExecuted: false, hint });
  }
}
