import { parseCText } from '../commands/c-strtod.js';
import { formatNotifyFlags, parseNotifyFlags } from '../keyspace/notifications.js';
import { quoted } from '../quoted.js';
import type { OutputLimits } from '../settings.js';
import { DirectiveError, notOneOf, parseMemory, type ValueType, withUnit } from './value-types.js';

/** Directives of several words. A single empty word stands for none at all. */

const nothing = '""';

export const addresses: ValueType<string> = {
  manyWords: true,
  parse(words) {
    if (words.length > MAX_ADDRESSES) throw new DirectiveError('Too many bind addresses specified.');
    return words.join(' ');
  },
  format: (value) => value,
  lines: (value) => [value || nothing],
};

const MAX_ADDRESSES = 16;

/** "host port", or nothing for "no one". */
export const primaryAddress: ValueType<string> = {
  manyWords: true,
  parse(words) {
    if (words.length !== 2) throw wrongCount;
    const [host = '', port = ''] = words;
    if (host.toLowerCase() === 'no' && port.toLowerCase() === 'one') return '';
    const number = parseInteger(port);
    if (number === undefined || number < 0n || number > 65_535n) throw new DirectiveError('Invalid master port');
    return `${host} ${number}`;
  },
  format: (value) => value,
  lines: (value) => (value === '' ? [] : [value]),
};

const wrongCount = new DirectiveError('wrong number of arguments');

/** How to shut down on a signal: any of the words, told in this order. */
const SHUTDOWN_WORDS = ['save', 'nosave', 'now', 'force'] as const;
export const shutdownOptions: ValueType<string> = {
  manyWords: true,
  parse(words) {
    const list = words.map((word) => word.toLowerCase());
    const known: readonly string[] = ['default', ...SHUTDOWN_WORDS];
    if (list.length === 0 || list.some((word) => !known.includes(word))) throw notOneOf(known);
    if (list.includes('save') && list.includes('nosave')) {
      throw new DirectiveError("shutdown options SAVE and NOSAVE can't be used simultaneously");
    }
    return SHUTDOWN_WORDS.filter((word) => list.includes(word)).join(' ') || 'default';
  },
  format: (value) => value,
};

export const notifyEvents: ValueType<number> = {
  parse([value = '']) {
    const flags = parseNotifyFlags(value);
    if (flags === undefined) {
      throw new DirectiveError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    }
    return flags;
  },
  format: formatNotifyFlags,
  lines: (value) => [quoted(formatNotifyFlags(value))],
};

/** `save`: pairs of seconds and changes; none at all switches snapshots off. */
export const savePoints: ValueType<string> = {
  manyWords: true,
  parse(words) {
    if (isNothing(words)) return '';
    const numbers = words.map(parseInteger);
    const wrong = numbers.some((number, i) => number === undefined || number < (i % 2 === 0 ? 1n : 0n));
    if (wrong || words.length % 2 === 1) throw new DirectiveError('Invalid save parameters');
    return numbers.join(' ');
  },
  format: (value) => value,
  lines: (value) => (value === '' ? [nothing] : value.match(/\d+ \d+/g)!),
};

export const percentiles: ValueType<string> = {
  manyWords: true,
  parse(words) {
    if (isNothing(words)) return '';
    return words.map(percentile).join(' ');
  },
  format: (value) => value,
  lines: (value) => [value || nothing],
};

function percentile(word: string): string {
  const value = parseCText(word);
  if (value === undefined || Number.isNaN(value)) {
    throw new DirectiveError('Invalid latency-tracking-info-percentiles parameters');
  }
  if (value < 0 || value > 100) {
    throw new DirectiveError('latency-tracking-info-percentiles parameters should sit between [0.0,100.0]');
  }
  return String(Number(value.toFixed(6)));
}

export const oomScores: ValueType<string> = {
  manyWords: true,
  parse(words) {
    if (words.length !== 3) throw wrongCount;
    const scores = words.map(parseInteger);
    if (scores.some((score) => score === undefined || score < -2000n || score > 2000n)) {
      throw new DirectiveError('Invalid oom-score-adj-values, elements must be between -2000 and 2000.');
    }
    return scores.join(' ');
  },
  format: (value) => value,
};

/** `client-output-buffer-limit`: groups of class, hard limit, soft limit and seconds. */
export const outputLimits: ValueType<OutputLimits> = {
  manyWords: true,
  parse(words) {
    if (words.length % 4 !== 0) {
      throw new DirectiveError('Wrong number of arguments in buffer limit configuration.');
    }
    const limits: OutputLimits = {};
    for (let i = 0; i < words.length; i += 4) Object.assign(limits, outputLimit(words.slice(i, i + 4)));
    return limits;
  },
  format: (limits) =>
    CLASSES.map((name) => ({ name, ...(limits[name] ?? UNLIMITED) }))
      .map(({ name, hard, soft, seconds }) => `${name} ${hard} ${soft} ${seconds}`)
      .join(' '),
  lines: (limits) =>
    CLASSES.map((name) => ({ name: name === 'slave' ? 'replica' : name, ...(limits[name] ?? UNLIMITED) })).map(
      ({ name, hard, soft, seconds }) => `${name} ${withUnit(BigInt(hard))} ${withUnit(BigInt(soft))} ${seconds}`,
    ),
};

const CLASSES = ['normal', 'slave', 'pubsub'] as const;
const UNLIMITED = { hard: 0, soft: 0, seconds: 0 };

function outputLimit([name = '', hardText = '', softText = '', secondsText = '']: readonly string[]): OutputLimits {
  const lower = name.toLowerCase();
  const known = lower === 'replica' ? 'slave' : lower;
  if (known !== 'normal' && known !== 'slave' && known !== 'pubsub') {
    throw new DirectiveError('Invalid client class specified in buffer limit configuration.');
  }
  const hard = parseMemory(hardText);
  const soft = parseMemory(softText);
  const seconds = parseInteger(secondsText);
  if (hard === undefined || soft === undefined || seconds === undefined || seconds < 0n) {
    throw new DirectiveError('Error in hard, soft or soft_seconds setting in buffer limit configuration.');
  }
  return { [known]: { hard: Number(hard), soft: Number(soft), seconds: Number(seconds) } };
}

function isNothing(words: readonly string[]): boolean {
  return words.length === 0 || (words.length === 1 && words[0] === '');
}

/** A whole word as strtoll reads it: blanks and a sign may lead, no digits are 0. */
function parseInteger(word: string): bigint | undefined {
  const digits = /^(?:\s*([+-]?\d{1,18}))?$/.exec(word);
  return digits === null ? undefined : BigInt((digits[1] ?? '0').replace('+', ''));
}
