import { script } from './script.js';

/**
 * KEYS: what is greylisted. ARGV: delay, window and lifetime in milliseconds. A hash of when it was first seen
 * (milliseconds of the server's clock), how often it was asked for, and, once it has passed, how often it passed:
 * such a one stays for the lifetime from its last pass, another one for the window from the first attempt. Replies
 * {state, milliseconds since the first attempt, attempts, milliseconds until a retry passes}; states are 0 new,
 * 1 early, 2 passed with this attempt, 3 passed before.
 *
 * A clock that was set back makes nobody wait for longer than the delay.
 */
export const greylistScript = script(
  'greylist',
  `local time = redis.call('TIME')
local now, delay = time[1] * 1000 + math.floor(time[2] / 1000), tonumber(ARGV[1])
local first, passes = unpack(redis.call('HMGET', KEYS[1], 'first', 'passes'))
if not first then
  redis.call('HSET', KEYS[1], 'first', string.format('%.0f', now), 'attempts', 1)
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {0, 0, 1, delay}
end
local age = now - first
if age < 0 then
  redis.call('HSET', KEYS[1], 'first', string.format('%.0f', now))
  age = 0
end
local attempts = redis.call('HINCRBY', KEYS[1], 'attempts', 1)
if not passes and age < delay then return {1, age, attempts, delay - age} end
redis.call('HINCRBY', KEYS[1], 'passes', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {passes and 3 or 2, age, attempts, 0}
`,
);
