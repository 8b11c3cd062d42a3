import { script } from './script.js';

/**
 * KEYS: counters of windows, which may repeat. ARGV: per key how much it counts and the milliseconds to its
 * window's end. Replies per key the count after it, or the text of the error it met: one bad key must not
 * fail the others that were sent along.
 */
export const fixedWindowScript = script(
  'fixed-window',
  `local counts = {}
for i, key in ipairs(KEYS) do
  local cost = ARGV[2 * i - 1]
  local count = redis.pcall('INCRBY', key, cost)
  if type(count) == 'table' then
    counts[i] = count.err
  else
    if count == tonumber(cost) then redis.call('PEXPIRE', key, ARGV[2 * i]) end
    counts[i] = count
  end
end
return counts
`,
);
