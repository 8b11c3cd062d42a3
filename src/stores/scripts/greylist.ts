import { script } from './script.js';

/**
 * KEYS: what is greylisted, which may repeat. ARGV: per key delay, window and lifetime in milliseconds. A hash of when it was first seen
 * (milliseconds of the server's clock), how often it was asked for, and, once it has passed, how often it passed:
 * such a one stays for the lifetime from its last pass, another one for the window from the first attempt. Replies
 * per key {state, milliseconds since the first attempt, attempts, milliseconds until a retry passes}, or the text of
 * the error it met: one bad key must not fail the others. States are 0 new, 1 early, 2 passed with this attempt,
 * 3 passed before.
 *
 * A clock that was set back makes nobody wait for longer than the delay.
 */
export const greylistScript = script(
  'greylist',
  `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function attempt(key, delay, window, lifetime)
  local first, passes = unpack(redis.call('HMGET', key, 'first', 'passes'))
  if not first then
    redis.call('HSET', key, 'first', string.format('%.0f', now), 'attempts', 1)
    redis.call('PEXPIRE', key, window)
    return {0, 0, 1, delay}
  end
  local age = now - first
  if age < 0 then
    redis.call('HSET', key, 'first', string.format('%.0f', now))
    age = 0
  end
  local attempts = redis.call('HINCRBY', key, 'attempts', 1)
  if not passes and age < delay then return {1, age, attempts, delay - age} end
  redis.call('HINCRBY', key, 'passes', 1)
  redis.call('PEXPIRE', key, lifetime)
  return {passes and 3 or 2, age, attempts, 0}
end
local answers = {}
for i, key in ipairs(KEYS) do
  local done, answer = pcall(attempt, key, tonumber(ARGV[3 * i - 2]), ARGV[3 * i - 1], ARGV[3 * i])
  if not done and type(answer) == 'table' then answer = answer.err end
  answers[i] = answer
end
return answers
`,
);
