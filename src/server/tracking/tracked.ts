import type { ByteString } from '../../resp/args.js';
import type { Session } from '../session/session.js';

/** How a session has its keys tracked (CLIENT TRACKING ON); sessions without tracking have none. */
export interface Tracked {
  /** The client that gets the messages instead; undefined: the session itself. */
  redirect: Redirection | undefined;
  /** Told of every key with one of its prefixes, whether it has read it or not. */
  broadcast: boolean;
  /** Keys of a read are remembered only after CACHING YES (optin), or unless CACHING NO (optout). */
  optIn: boolean;
  optOut: boolean;
  /** Its own changes are not told. */
  noLoop: boolean;
  /** CLIENT CACHING was called: it holds for the next command or transaction. */
  caching: boolean;
  /** The client to redirect to was gone when a message was due. */
  broken: boolean;
  readonly prefixes: Set<ByteString>;
}

export interface Redirection {
  readonly id: number;
  readonly session: Session;
}

export type TrackingOptions = Pick<Tracked, 'redirect' | 'broadcast' | 'optIn' | 'optOut' | 'noLoop'> & {
  readonly prefixes: readonly ByteString[];
};

/** The reading side of a tracking message. */
export type Invalidated = readonly ByteString[] | 'everything';
