import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../config/secret.js';
import type { StoreError } from '../core/errors.js';
import type { FailureLog, Subject } from '../observe/failure-log.js';
import type { StoreRequestMeter } from '../observe/store-requests.js';
import type { LookupStore } from '../stores/store.js';
import { observedCall } from './observed-call.js';
import { UnderWay } from './under-way.js';

export interface EndpointOptions {
  readonly listener: string;
  /** Put before every key: what the store's configuration says, then what the listener's does. */
  readonly prefix: string;
  readonly password: Secret | undefined;
  readonly write: boolean;
  /** Lower case; undefined: all that are offered. */
  readonly commands: ReadonlySet<string> | undefined;
}

/** A store as one listener offers it to RESP clients. */
export class ServedEndpoint {
  readonly #failures: FailureLog;
  readonly #underWay = new UnderWay();
  readonly #subject: Subject;
  readonly #meter: StoreRequestMeter;

  constructor(
    readonly store: LookupStore,
    readonly options: EndpointOptions,
    meter: StoreRequestMeter,
    failures: FailureLog,
  ) {
    this.#meter = meter;
    this.#failures = failures;
    this.#subject = { listener: options.listener, store: store.name };
  }

  get hasPassword(): boolean {
    return this.options.password !== undefined;
  }

  /** Takes the same time whatever is wrong. */
  accepts(password: Buffer): boolean {
    const right = this.options.password?.reveal() ?? '';
    return timingSafeEqual(digest(password), digest(Buffer.from(right)));
  }

  run<T>(call: () => Promise<T>): Promise<T> {
    return this.#underWay.run(() => observedCall(this.#subject, this.#meter, this.#failures, call));
  }

  failed(error: StoreError): void {
    this.#failures.failed(this.#subject, `command failed: ${error.code}`, error.message);
  }

  /** Resolves at a moment when no command is under way. */
  settled(): Promise<void> {
    return this.#underWay.settled();
  }
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
