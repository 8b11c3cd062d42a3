import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatNotifyFlags, parseNotifyFlags } from '../keyspace/notifications.js';
import type { OutputLimits } from '../settings.js';

/** How a directive's value is read and printed. `parse` throws DirectiveError, worded as Redis words it. */
export interface ValueType<T> {
  parse(text: string): T;
  format(value: T): string;
  /** Takes all the words of its line, none too; others take exactly one. */
  readonly manyWords?: true;
  /** The value that no line of a file can name. */
  readonly unsaid?: T;
}

export class DirectiveError extends Error {
  override readonly name = 'DirectiveError';
}

export const yesNo: ValueType<boolean> = {
  parse(text) {
    const word = text.toLowerCase();
    if (word !== 'yes' && word !== 'no') throw new DirectiveError("argument must be 'yes' or 'no'");
    return word === 'yes';
  },
  format: (value) => (value ? 'yes' : 'no'),
};

/** `unit` is what one counts in the value: 1000 for seconds kept in milliseconds. */
export function integer(min: bigint, max: bigint, unit = 1): ValueType<number> {
  return {
    parse(text) {
      if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) {
        throw new DirectiveError("argument couldn't be parsed into an integer");
      }
      const value = BigInt(text);
      if (value < min || value > max) {
        throw new DirectiveError(`argument must be between ${min} and ${max} inclusive`);
      }
      return Number(value) * unit;
    },
    format: (value) => BigInt(Math.trunc(value / unit)).toString(),
  };
}

/** Bytes, with a unit: 1k is 1000, 1kb is 1024. */
export const memory: ValueType<number> = {
  parse(text) {
    const bytes = parseMemory(text);
    if (bytes === undefined) throw new DirectiveError('argument must be a memory value');
    return bytes;
  },
  format: (value) => BigInt(value).toString(),
};

/** Bytes, or a part of `maxmemory` ("5%"), kept as a negative number. */
export const memoryOrPercent: ValueType<number> = {
  parse(text) {
    const percent = /^(\d+)%$/.exec(text);
    if (percent && Number(percent[1]) > 100) {
      throw new DirectiveError('percentage argument must be less or equal to 100');
    }
    const value = percent ? -Number(percent[1]) : parseMemory(text);
    if (value === undefined) throw new DirectiveError('argument must be a memory or percent value');
    return value;
  },
  format: (value) => (value < 0 ? `${-value}%` : String(value)),
};

function parseMemory(text: string): number | undefined {
  const parts = /^(\d{1,19})(b|kb?|mb?|gb?)?$/i.exec(text);
  return parts ? Number(parts[1]) * MEMORY_UNITS[(parts[2] ?? 'b').toLowerCase()]! : undefined;
}

const MEMORY_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1000 ** 2,
  mb: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1024 ** 3,
};

export function oneOf<const C extends string>(...choices: readonly C[]): ValueType<C> {
  return {
    parse(text) {
      const found = choices.find((choice) => choice === text.toLowerCase());
      if (found === undefined) {
        throw new DirectiveError(`argument(s) must be one of the following: ${choices.join(', ')}`);
      }
      return found;
    },
    format: (value) => value,
  };
}

export const text: ValueType<string> = { parse: (value) => value, format: (value) => value };

export const octal: ValueType<number> = {
  parse(value) {
    if (!/^[0-7]{1,6}$/.test(value)) throw new DirectiveError("argument couldn't be parsed as an octal number");
    const mode = Number.parseInt(value, 8);
    if (mode > 0o777) throw new DirectiveError('argument must be between 0 and 777 inclusive');
    return mode;
  },
  format: (value) => value.toString(8),
};

/** Words that `check` accepts or throws for. */
export function words(check: (words: readonly string[]) => void): ValueType<string> {
  return {
    manyWords: true,
    parse(value) {
      const list = splitBlanks(value);
      check(list);
      return list.join(' ');
    },
    format: (value) => value,
  };
}

/** "host port", or nothing for "no one". */
export const primaryAddress: ValueType<string> = {
  manyWords: true,
  unsaid: '',
  parse(value) {
    const list = splitBlanks(value);
    if (list.length !== 2) throw new DirectiveError('wrong number of arguments');
    const [host = '', port = ''] = list;
    if (host.toLowerCase() === 'no' && port.toLowerCase() === 'one') return '';
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new DirectiveError('Invalid master port');
    return `${host} ${port}`;
  },
  format: (value) => value,
};

/** How to shut down on a signal: any of the words, told in this order. */
const SHUTDOWN_WORDS = ['default', 'save', 'nosave', 'now', 'force'] as const;
export const shutdownOptions: ValueType<string> = {
  manyWords: true,
  parse(value) {
    const list = splitBlanks(value.toLowerCase());
    if (list.length === 0 || list.some((word) => !SHUTDOWN_WORDS.some((known) => known === word))) {
      throw new DirectiveError(`argument(s) must be one of the following: ${SHUTDOWN_WORDS.join(', ')}`);
    }
    if (list.includes('save') && list.includes('nosave')) {
      throw new DirectiveError("shutdown options SAVE and NOSAVE can't be used simultaneously");
    }
    return SHUTDOWN_WORDS.filter((word) => list.includes(word)).join(' ');
  },
  format: (value) => value,
};

export function splitBlanks(value: string): string[] {
  return value.split(/\s+/).filter((word) => word !== '');
}

export const notifyEvents: ValueType<number> = {
  parse(value) {
    const flags = parseNotifyFlags(value);
    if (flags === undefined) {
      throw new DirectiveError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    }
    return flags;
  },
  format: formatNotifyFlags,
};

/** `save`: pairs of seconds and changes; none at all switches snapshots off. */
export const savePoints = words((list) => {
  if (list.length === 1 && list[0] === '""') return;
  const wrong = list.length % 2 === 1 || list.some((word, i) => !/^\d+$/.test(word) || (i % 2 === 0 && word === '0'));
  if (wrong) throw new DirectiveError('Invalid save parameters');
});

/** A folder that is there; a relative one is meant from where the server was started. */
export const folder: ValueType<string> = {
  parse(value) {
    const path = resolve(value);
    if (!existsSync(path)) throw new DirectiveError('No such file or directory');
    return path;
  },
  format: (value) => value,
};

export const percentiles: ValueType<string> = {
  ...words(checkPercentiles),
  format: (value) => value.split(' ').map(trimmed).join(' '),
};

function trimmed(percent: string): string {
  return percent === '' ? '' : String(Number(percent));
}

function checkPercentiles(list: readonly string[]): void {
  if (list.some((word) => !/^-?\d+(?:\.\d+)?$/.test(word))) {
    throw new DirectiveError('Invalid latency-tracking-info-percentiles parameters');
  }
  if (list.some((word) => Number(word) < 0 || Number(word) > 100)) {
    throw new DirectiveError('latency-tracking-info-percentiles parameters should sit between [0.0,100.0]');
  }
}

export const oomScores = words((list) => {
  if (list.length !== 3) throw new DirectiveError('wrong number of arguments');
  if (list.some((word) => !/^-?\d+$/.test(word) || Math.abs(Number(word)) > 2000)) {
    throw new DirectiveError('Invalid oom-score-adj-values, elements must be between -2000 and 2000.');
  }
});

/** `client-output-buffer-limit`: one to three groups of class, hard limit, soft limit and seconds. */
export const outputLimits: ValueType<OutputLimits> = {
  manyWords: true,
  parse(value) {
    const list = splitBlanks(value);
    if (list.length % 4 !== 0) {
      throw new DirectiveError('Wrong number of arguments in buffer limit configuration.');
    }
    const limits: OutputLimits = {};
    for (let i = 0; i < list.length; i += 4) Object.assign(limits, outputLimit(list.slice(i, i + 4)));
    return limits;
  },
  format: (limits) =>
    (['normal', 'slave', 'pubsub'] as const)
      .map((name) => ({ name, ...(limits[name] ?? UNLIMITED) }))
      .map(({ name, hard, soft, seconds }) => `${name} ${hard} ${soft} ${seconds}`)
      .join(' '),
};

const UNLIMITED = { hard: 0, soft: 0, seconds: 0 };

function outputLimit([name = '', hardText = '', softText = '', secondsText = '']: readonly string[]): OutputLimits {
  const lower = name.toLowerCase();
  const known = lower === 'replica' ? 'slave' : lower;
  if (known !== 'normal' && known !== 'slave' && known !== 'pubsub') {
    throw new DirectiveError('Invalid client class specified in buffer limit configuration.');
  }
  const hard = parseMemory(hardText);
  const soft = parseMemory(softText);
  if (hard === undefined || soft === undefined || !/^\d+$/.test(secondsText)) {
    throw new DirectiveError('Error in hard, soft or soft_seconds setting in buffer limit configuration.');
  }
  return { [known]: { hard, soft, seconds: Number(secondsText) } };
}
