/**
 * Adds a batch to a log. Batches follow each other without gaps; where one was given up, what lies before is not complete any more
 * and counts as forgotten. What was added already is skipped. Where something is missing that was not given up, nothing is added.
 *
 * Keys: head, packets, told. Arguments: epoch, from, to, forgotten, servers that were heard, whether something of unknown origin is in
 * it, last told position if that is not long ago, else 0, milliseconds to keep it, whether something before it was given up, then id and
 * packet of each. Gives a list with the end of the log if something is missing.
 */
export const WRITE_LOG = `
local head, packets, told = KEYS[1], KEYS[2], KEYS[3]
local from, forgotten, keep = tonumber(ARGV[2]), tonumber(ARGV[4]), ARGV[8]
local tail = tonumber(redis.call('HGET', head, 'tail') or '0')
if tail > tonumber(ARGV[3]) then return 0 end
if tail < from then
  if ARGV[9] == '0' then return {tostring(tail)} end
  if forgotten < from then forgotten = from end
end
local time = redis.call('TIME')
local now = time[1] .. string.sub('000000' .. time[2], -6, -4)
redis.call('HSET', head, 'tail', ARGV[3], 'at', now, 'seen', ARGV[5])
if ARGV[6] == '1' then redis.call('HSET', head, 'unknownAt', now) end
if forgotten > tonumber(redis.call('HGET', head, 'forgotten') or '0') then
  redis.call('HSET', head, 'forgotten', string.format('%.0f', forgotten))
  redis.call('XTRIM', packets, 'MINID', string.format('%.0f', forgotten + 1))
end
for i = 10, #ARGV, 2 do
  if tonumber(string.match(ARGV[i], '^%d+')) > tail then redis.call('XADD', packets, ARGV[i], 'p', ARGV[i + 1]) end
end
redis.call('PEXPIRE', head, keep)
redis.call('PEXPIRE', packets, keep)
if ARGV[7] ~= '0' then
  local known = redis.call('HGET', told, ARGV[1])
  if not known or string.match(known, '^%d+') ~= ARGV[7] then redis.call('HSET', told, ARGV[1], ARGV[7] .. ' ' .. now) end
  redis.call('PEXPIRE', told, keep)
end
return 1`;

/** Reads how far a log goes. Keys: head. Gives tail, forgotten, seen, and how many milliseconds ago it was written and held something unknown. */
export const READ_HEAD = `
local head = redis.call('HMGET', KEYS[1], 'tail', 'forgotten', 'seen', 'at', 'unknownAt')
if not head[1] then return false end
local time = redis.call('TIME')
local now = tonumber(time[1] .. string.sub('000000' .. time[2], -6, -4))
return {head[1], head[2] or '0', head[3], now - tonumber(head[4]), head[5] and now - tonumber(head[5]) or -1}`;

/** Reads packets of a log. Keys: head, packets. Arguments: first and last id, count. Gives forgotten, then id and packet of each. */
export const READ_LOG = `
local found = {redis.call('HGET', KEYS[1], 'forgotten') or '0'}
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[2], 'COUNT', ARGV[3])) do
  found[#found + 1] = entry[1]
  found[#found + 1] = entry[2][2]
end
return found`;

/** Writes a session, unless another server has taken it. Keys: session. Arguments: owner, turn, milliseconds to keep it, record. */
export const SAVE_SESSION = `
local known = redis.call('HMGET', KEYS[1], 'owner', 'turn')
if known[1] and (known[1] ~= ARGV[1] or known[2] ~= ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'turn', ARGV[2], 'record', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`;

/** Takes a session from its owner, if that is still who it was. Keys: session. Arguments: owner, turn, new owner, new turn, milliseconds. */
export const CLAIM_SESSION = `
local known = redis.call('HMGET', KEYS[1], 'owner', 'turn', 'record')
if known[1] ~= ARGV[1] or known[2] ~= ARGV[2] then return false end
redis.call('HSET', KEYS[1], 'owner', ARGV[3], 'turn', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return known[3]`;

/** Deletes a session, unless another server has taken it. Keys: session. Arguments: owner, turn. */
export const REMOVE_SESSION = `
local known = redis.call('HMGET', KEYS[1], 'owner', 'turn')
if known[1] ~= ARGV[1] or known[2] ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[1])`;

/**
 * Reads how far each server has sent to all, and forgets those that have been silent for long, alive or not. Keys: told. Arguments: milliseconds of
 * silence. Gives epoch and position of each.
 */
export const READ_TOLD = `
local time = redis.call('TIME')
local now = tonumber(time[1] .. string.sub('000000' .. time[2], -6, -4))
local all, found = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #all, 2 do
  local position, at = string.match(all[i + 1], '^(%d+) (%d+)$')
  if not at or now - tonumber(at) > tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[1], all[i])
  else
    found[#found + 1] = all[i]
    found[#found + 1] = position
  end
end
return found`;
