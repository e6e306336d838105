-- Write one commit, all or nothing, when the caller still owns the journal and the journal holds what the caller wrote last.
-- KEYS[1]    meta (hash)     KEYS[2]  states (hash)     KEYS[3]  sources (hash)
-- KEYS[4..]  records (lists) of the processes whose records change
-- ARGV[1]    epoch           ARGV[2]  owner             ARGV[3]  number of this commit, also its request id
-- ARGV[4]    arguments of states kept (two each)        ARGV[5]  states forgotten
-- ARGV[6]    arguments of sources kept (two each)       ARGV[7]  sources dropped
-- ARGV[8..]  field, state, ...; field, ...; hash, text, ...; hash, ...;
--            then for each of KEYS[4..]: how many records follow, with a leading ! when those before are dropped, and the records
-- returns    1 when it is written, now or by an earlier call with the same number;
--            { epoch, owner, head, broken }, strings, when it is not
local call = redis.call
local meta = KEYS[1]
local had = call("HMGET", meta, "epoch", "owner", "head", "broken")
local number = tonumber(ARGV[3])
local head = tonumber(had[3] or "-1")
local mine = had[1] == ARGV[1] and had[2] == ARGV[2] and not had[4]

if mine and number <= head then
  -- Written again so that a WAIT on this connection covers it.
  call("HSET", meta, "head", had[3])
  return 1
end
if not mine or number ~= head + 1 then
  return { had[1] or "", had[2] or "", had[3] or "", had[4] or "" }
end

-- The first write: it is refused when the server takes no writes, and then nothing has changed.
call("HSET", meta, "head", ARGV[3])

-- unpack() takes about 8000 values.
local most = 5000
local function each(command, key, first, count)
  local last = first + count - 1
  for at = first, last, most do
    call(command, key, unpack(ARGV, at, math.min(at + most - 1, last)))
  end
  return last + 1
end

local written, problem = pcall(function()
  local at = each("HSET", KEYS[2], 8, tonumber(ARGV[4]))
  at = each("HDEL", KEYS[2], at, tonumber(ARGV[5]))
  at = each("HSET", KEYS[3], at, tonumber(ARGV[6]))
  at = each("HDEL", KEYS[3], at, tonumber(ARGV[7]))
  for index = 4, #KEYS do
    local key, count = KEYS[index], ARGV[at]
    if count == "1" then
      call("RPUSH", key, ARGV[at + 1])
      at = at + 2
    else
      if string.sub(count, 1, 1) == "!" then
        call("UNLINK", key)
        count = string.sub(count, 2)
      end
      at = each("RPUSH", key, at + 1, tonumber(count))
    end
  end
end)
if not written then
  -- Only a foreign key in a journal's place leads here. Redis takes nothing back, so the journal is marked instead.
  local words = type(problem) == "table" and problem.err or tostring(problem)
  call("HSET", meta, "broken", "commit " .. ARGV[3] .. ": " .. words)
  return { had[1], had[2], ARGV[3], words }
end
return 1
