import { script } from './script.js';

/**
 * KEYS: keys, each once. ARGV, four per key: how much to add to it ('' for nothing), a ttl in milliseconds ('' for
 * none), what to do then ('set', 'delete' or ''), the value to set. Replies how many keys to add to were
 * missing: those are left missing. An addition that is refused takes back those before it and is the reply:
 * nothing else has been done by then.
 */
export const transactionScript = script(
  'transaction',
  `local taken, missing = {}, 0
for i, key in ipairs(KEYS) do
  local by = ARGV[4 * i - 3]
  if by ~= '' then
    if redis.call('EXISTS', key) == 0 then
      missing = missing + 1
    else
      local sum = redis.pcall('INCRBY', key, by)
      if type(sum) == 'table' then
        for _, undo in ipairs(taken) do redis.call('INCRBY', undo[1], undo[2]) end
        return sum
      end
      taken[#taken + 1] = {key, by:sub(1, 1) == '-' and by:sub(2) or '-' .. by}
    end
  end
end
for i, key in ipairs(KEYS) do
  local ttl, change = ARGV[4 * i - 2], ARGV[4 * i - 1]
  if change == 'delete' then redis.call('DEL', key)
  elseif change == 'set' and ttl ~= '' then redis.call('SET', key, ARGV[4 * i], 'PX', ttl)
  elseif change == 'set' then redis.call('SET', key, ARGV[4 * i])
  elseif ttl ~= '' then redis.call('PEXPIRE', key, ttl) end
end
return missing
`,
);
