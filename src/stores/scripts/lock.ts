import { script } from './script.js';

/**
 * KEYS: lock, fence. ARGV: token, ttl and the fence's lifetime in milliseconds. Replies the fencing number, or
 * nil when somebody else holds the lock; then nothing changes. Sent again with the same token it answers as
 * the first time, so a lost reply can be asked for again.
 *
 * The number is the server's time in microseconds, or one more than the last where that is not past it. So it is past every
 * number that was given before, also past those that a replica had not got when it took over.
 */
export const acquireScript = script(
  'lock',
  `if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  local fence = redis.call('GET', KEYS[2])
  if fence then return fence end
end
local time = redis.call('TIME')
local fence = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
if last >= fence then fence = last + 1 end
fence = string.format('%.0f', fence)
redis.call('SET', KEYS[2], fence, 'PX', ARGV[3])
return fence
`,
);

/** KEYS: lock. ARGV: token, ttl in milliseconds. 1, or 0 when the lock is not the token's any more. */
export const extendScript = script(
  'extend',
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`,
);

/**
 * KEYS: locks. ARGV: a token per lock. Replies per lock 1, 0 when it is not the token's any more, or the text
 * of the error it met.
 */
export const releaseScript = script(
  'unlock',
  `local released = {}
for i, key in ipairs(KEYS) do
  local owner = redis.pcall('GET', key)
  if owner == ARGV[i] then
    released[i] = redis.call('DEL', key)
  else
    released[i] = type(owner) == 'table' and owner.err or 0
  end
end
return released
`,
);
