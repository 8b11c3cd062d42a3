import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Departure, Gathering } from '../../../src/stores/gathering.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const tick = () => new Promise<void>((resolve) => process.nextTick(resolve));

/** A kind of call whose batches stay on their way until they are told to end. */
function departing(gathering: Gathering, name = 'get', log: string[] = [], mayWait = true) {
  let waiting = 0;
  const underWay: (() => void)[] = [];
  const departure = new Departure(
    gathering,
    () => {
      log.push(`${name} ${waiting}`);
      waiting = 0;
      return new Promise((resolve) => underWay.push(resolve));
    },
    mayWait,
  );
  const call = (times = 1) => {
    for (let i = 0; i < times; i++) {
      waiting++;
      departure.soon();
    }
  };
  const arrive = async () => {
    for (const end of underWay.splice(0)) end();
    await tick();
  };
  return { call, arrive, log, departure };
}

/** One call that leaves at once and stays on its way: what comes then waits for the turn's end. */
async function busy(gathering = new Gathering()) {
  const calls = departing(gathering);
  calls.call();
  await tick();
  expect(calls.log.splice(0)).toEqual(['get 1']);
  return calls;
}

/** Calls in each of so many turns, until they have left. */
async function overTurns({ call, log }: Awaited<ReturnType<typeof busy>>, perTurn: readonly number[]) {
  for (const calls of perTurn) {
    call(calls);
    await turn();
  }
  await turn();
  return log.splice(0);
}

/** Until a further turn is looked at because one has brought more. */
async function promising(gathering = new Gathering()) {
  const calls = await busy(gathering);
  const seen: string[][] = [];
  while (seen.at(-1)?.join() !== 'get 2') seen.push(await overTurns(calls, [1, 1]));
  return { calls, tries: seen.length };
}

describe('calls', () => {
  let now = 0;
  beforeEach(() => {
    now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => vi.restoreAllMocks());

  it('leave as soon as the running code has made them, with those that its continuations make', async () => {
    const { call, log } = departing(new Gathering());
    call(2);
    void Promise.resolve()
      .then(() => undefined)
      .then(() => call());
    expect(log).toEqual([]);
    await tick();
    expect(log).toEqual(['get 3']);
  });

  it('wait for the end of the turn while something is on its way', async () => {
    const { call, arrive, log } = await busy();
    call();
    await tick();
    call();
    expect(log).toEqual([]);
    await turn();
    expect(log).toEqual(['get 2']);
    await arrive();
    call();
    await tick();
    expect(log).toEqual(['get 2', 'get 1']);
  });

  it('of several kinds leave in the order in which they came', async () => {
    const gathering = new Gathering();
    const log: string[] = [];
    const [get, set] = [departing(gathering, 'get', log), departing(gathering, 'set', log)];
    set.call();
    get.call(2);
    set.call();
    await tick();
    get.call();
    set.call();
    await turn();
    expect(log).toEqual(['set 2', 'get 2', 'get 1', 'set 1']);
  });

  it('wait for what the next turns bring once that has been worth it, and no longer than two', async () => {
    const { calls, tries } = await promising();
    expect(tries).toBeLessThanOrEqual(32);
    expect(await overTurns(calls, [1, 1, 1, 1, 1, 1])).toEqual(['get 3', 'get 3']);
    expect(await overTurns(calls, [3])).toEqual(['get 3']);
  });

  it('wait for no further turn where one is of a kind that had better leave', async () => {
    const gathering = new Gathering();
    const { calls } = await promising(gathering);
    const script = departing(gathering, 'script', calls.log, false);
    calls.call();
    script.call();
    await turn();
    expect(calls.log.splice(0)).toEqual(['get 1', 'script 1']);
    expect(await overTurns(calls, [1, 1])).toEqual(['get 2']);
  });

  it('that are enough wait for no further turn', async () => {
    const { calls } = await promising();
    calls.call(128);
    await turn();
    expect(calls.log).toEqual(['get 128']);
  });

  it('no longer wait where nothing more has come for a while', async () => {
    const { calls } = await promising();
    for (let i = 0; i < 16; i++) expect(await overTurns(calls, [1])).toEqual(['get 1']);
    calls.call();
    await turn();
    expect(calls.log.splice(0)).toEqual(['get 1']);
  });

  it('no longer wait where turns take more than a millisecond', async () => {
    const { calls } = await promising();
    const long = async () => {
      calls.call();
      await turn();
      now += 1.5;
      calls.call();
      await turn();
      return calls.log.splice(0);
    };
    for (let i = 0; i < 16; i++) expect(await long()).toEqual(['get 2']);
    expect(await long()).toEqual(['get 1', 'get 1']);
  });
});
