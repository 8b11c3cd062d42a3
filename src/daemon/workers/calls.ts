import type { Problem } from '../../config/model.js';
import type { Readiness } from '../../observe/health.js';
import type { NodeFigures } from '../../observe/node-metrics.js';
import type { Changes } from '../../observe/sharing.js';
import type { GivenText, TextVerdict } from './given-list.js';
import type { Recalled } from './mail-decisions.js';

/** A configuration as workers get it. */
export interface WorkerConfig {
  /** Packed (config/transfer). */
  readonly config: string;
  /** Where each embedded store of the main process listens for its workers: paths of unix sockets, by id. */
  readonly embedded: Readonly<Record<string, string>>;
  /** The number of each list that the main process fetches, by id. */
  readonly lists: Readonly<Record<string, number>>;
}

/** Why a configuration cannot be used. */
export interface Refusal {
  readonly message: string;
  /** What is wrong with it, or with the lists it names, in its places. */
  readonly problems: readonly Problem[];
}

/** What the main process asks of a worker. */
export type WorkerCalls = {
  /** Makes a configuration possible, and says why it is not. Nothing has happened yet. */
  prepare: { asked: WorkerConfig; answered: Refusal | null };
  /**
   * Goes over to what was prepared; answers when nothing is under way on what was before. `departing`: connections of
   * listeners that it leaves out may still come, until `departed` says so.
   */
  commit: { asked: { readonly departing: boolean }; answered: null };
  /** Of the first change that waits for it. */
  departed: { asked: null; answered: null };
  abandon: { asked: null; answered: null };
  /** A connection, sent along. `elsewhere`: how many the other workers have of this listener. */
  accept: { asked: { readonly listener: string; readonly elsewhere: number }; answered: null };
  /** A text that may become a list of that number: it is read, and kept until it is to be used. */
  readList: { asked: { readonly list: number; readonly text: GivenText }; answered: TextVerdict };
  /** The list of that number is this text from now on, or still is. */
  useList: { asked: { readonly list: number; readonly text: GivenText }; answered: null };
  /** What it is like now, all counts told before. */
  report: { asked: null; answered: WorkerReport };
  /** Answers what was asked, then closes everything and ends. */
  stop: { asked: null; answered: null };
};

export interface WorkerReport {
  readonly readiness: Readiness;
  readonly node: NodeFigures;
}

/** What a worker asks of the main process, or tells it. */
export type MainCalls = {
  /** Connections have ended, by their listeners. */
  closed: { asked: Readonly<Record<string, number>>; answered: null };
  /** What was counted since the last time. */
  counted: { asked: Changes; answered: null };
  /** The whole daemon's, for who asks this worker. */
  metrics: { asked: null; answered: { readonly contentType: string; readonly text: string } };
  readiness: { asked: null; answered: Readiness };
  /** The text that a list of that number is now; null: it was not loaded yet. */
  givenText: { asked: number; answered: GivenText | null };
  /** What was counted for a mail; null: nothing, the worker counts and tells. */
  recall: { asked: string; answered: Recalled };
  decided: { asked: { readonly mail: string; readonly decision: Recalled }; answered: null };
};
