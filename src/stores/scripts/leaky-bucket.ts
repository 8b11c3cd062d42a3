import { script } from './script.js';

/**
 * A leaky bucket as one number (GCRA): the time, in microseconds of the server's clock, at which the bucket
 * has run dry. KEYS: bucket. ARGV: requests, period in milliseconds, how much it takes at once, cost, "1" to only
 * look. Replies {allowed, remaining, milliseconds until it would be allowed}. A denied call changes nothing.
 */
export const leakyBucketScript = script(
  'leaky-bucket',
  `local drop = tonumber(ARGV[2]) * 1000 / ARGV[1]
local full = drop * ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local dry = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local after = dry + drop * ARGV[4]
local over = after - full - now
if over > 0.5 then
  return {0, math.floor((full - (dry - now)) / drop + 0.001), math.ceil(over / 1000)}
end
if ARGV[5] == '1' then after = dry
else redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000)) end
return {1, math.floor((full - (after - now)) / drop + 0.001), 0}
`,
);
