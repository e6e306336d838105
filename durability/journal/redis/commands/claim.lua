-- Make the caller the owner of a journal: commits of every earlier owner are refused from now on.
-- KEYS[1]  meta (hash)
-- ARGV[1]  owner: a token that no other claim has
-- ARGV[2]  the highest epoch that the caller has seen; an older copy of the data may hold a lower one
-- returns  { epoch, head, broken }, strings; broken is empty unless a commit ended half-way
-- A repeat is one more claim.
local meta = KEYS[1]
local had = redis.call("HMGET", meta, "epoch", "head", "broken")
local epoch = math.max(tonumber(had[1] or "0"), tonumber(ARGV[2])) + 1
redis.call("HSET", meta, "epoch", string.format("%.0f", epoch), "owner", ARGV[1], "head", had[2] or "0")
return { string.format("%.0f", epoch), had[2] or "0", had[3] or "" }
