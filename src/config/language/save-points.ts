import { Refusal } from './refusal.js';

/** Pairs of seconds and changes, as in redis.conf; empty for none. */
export function parseSavePoints(text: string): string | Refusal {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const isRight = words.length % 2 === 0 && words.every((word) => /^[1-9]\d{0,8}$/.test(word));
  return isRight ? words.join(' ') : new Refusal('expected pairs of seconds and changes', 'as in "3600 1 300 100"');
}
