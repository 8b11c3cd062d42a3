import { closeSync, openSync, readSync } from 'node:fs';

/**
 * How long this process keeps a turn of its event loop for reasons of its own: the time that passed, without that in
 * which the system let others run, and at most the processor time that was taken meanwhile: by the main thread, or, if
 * that has waited for something, by all threads, since it may have waited for one of them. This leaves out what a
 * machine that is itself a guest of another gives to its neighbours in the midst of a turn: Linux takes that off a
 * thread's processor time. Where the system does not tell, it is the time that passed.
 *
 * Not for what waits for the disk in the thread that serves: such a wait is its own, and takes no processor time.
 */
export class OwnTime {
  #thread = watchThread();
  #began = 0;
  #before = this.#thread.times();
  #waits = -1;
  #turns = 0;

  start() {
    // To ask takes as long as a short turn. What has waited since, perhaps before the turn, counts as having waited in it.
    if (this.#turns++ % 32 === 0) this.#waits = this.#thread.waits();
    this.#before = this.#thread.times();
    this.#began = performance.now();
  }

  /**
   * Milliseconds since the start: those that passed without others running, of them those of our own, and the processor
   * time of the main thread.
   */
  stop() {
    const passed = performance.now() - this.#began;
    const { delayed, taken, takenByAll } = this.#thread.times();
    const turn = Math.max(0, passed - (delayed - this.#before.delayed));
    const used = takenByAll - this.#before.takenByAll;
    const processor = taken - this.#before.taken;
    if (turn < WORTH_IT) return { turn, own: Math.min(turn, used), processor };
    const waitedBefore = this.#waits;
    this.#waits = this.#thread.waits();
    return { turn, own: Math.min(turn, this.#waits === waitedBefore ? processor : used), processor };
  }
}

/** Milliseconds from which on it is looked at closely. */
const WORTH_IT = 4;

/**
 * What Linux tells of the main thread: milliseconds in which it could have run and did not, and of processor time, and
 * of the processor time of all threads; and how often the main thread has waited.
 */
function watchThread() {
  const read = watchFiles(['schedstat', 'status']);
  const times = () => {
    // The system brings the thread's own account up to date with it.
    const { user, system } = process.cpuUsage();
    const takenByAll = (user + system) / 1000;
    if (read === undefined) return { delayed: 0, taken: takenByAll, takenByAll };
    const [taken, delayed] = read('schedstat').split(' ');
    return { delayed: Number(delayed) / 1e6, taken: Number(taken) / 1e6, takenByAll };
  };
  const waits = () => Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(read?.('status') ?? '')?.[1] ?? 0);
  return { times, waits };
}

/** Reads files about the main thread; undefined where there are none. */
function watchFiles(names) {
  try {
    const files = new Map(names.map((name) => [name, openSync(`/proc/self/task/${process.pid}/${name}`, 'r')]));
    process.once('exit', () => {
      for (const file of files.values()) closeSync(file);
    });
    const bytes = Buffer.alloc(8192);
    return (name) => bytes.latin1Slice(0, readSync(files.get(name), bytes, 0, bytes.length, 0));
  } catch {
    return undefined;
  }
}
