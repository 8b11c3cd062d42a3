import { script } from './script.js';

/**
 * WildDuck's ttlcounter. KEYS: counter. ARGV: by, limit, window in milliseconds. Adds when the sum stays within
 * the limit; the window starts with the first. By 0 only looks whether one more would fit. Replies {success, value, milliseconds left}.
 */
export const ttlCounterScript = script(
  'ttl-counter',
  `local by, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local value = tonumber(redis.call('GET', KEYS[1]) or 0)
if value == nil then return redis.error_reply('ERR value is not an integer or out of range') end
if value + by > limit or (by == 0 and value == limit) then return {0, value, math.max(0, redis.call('PTTL', KEYS[1]))} end
if by ~= 0 then
  value = redis.call('INCRBY', KEYS[1], ARGV[1])
  if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
end
return {1, value, math.max(0, redis.call('PTTL', KEYS[1]))}
`,
);
