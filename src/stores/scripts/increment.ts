import { script } from './script.js';

/**
 * KEYS: counter. ARGV: by, ttl in milliseconds, "1" to set the ttl at every increment and not only when the
 * counter is created. Replies the sum as text: Lua's numbers are exact to 2^53 only.
 */
export const incrementScript = script(
  'increment',
  `local created = redis.call('EXISTS', KEYS[1]) == 0
local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(sum) == 'table' and sum.err then return sum end
if created or ARGV[3] == '1' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('GET', KEYS[1])
`,
);
