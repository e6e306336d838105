/** The commands of a Redis store: one script each, so that each is atomic. What they mean is in ../store.ts. */
import { createHash } from "node:crypto";

export interface Script {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): Script {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

/**
 * An item is a hash `v` (JSON), `n` (version), `w` (request that wrote it), which Redis lets expire. The index holds its key with score
 * 0, so in the order of bytes; the expiries hold it with the time of its end in milliseconds; the receipts hold requests with the
 * number of their change. What has expired leaves index and expiries a little later: a few with each change, all before a count.
 */
const purge = `
local function purge(items, index, expiries, limit)
  local time = redis.call("TIME")
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local gone = redis.call("ZRANGEBYSCORE", expiries, "-inf", now, "LIMIT", 0, limit)
  for _, key in ipairs(gone) do
    redis.call("DEL", items .. key)
    redis.call("ZREM", index, key)
    redis.call("ZREM", expiries, key)
  end
  return #gone, now
end
`;

/** KEYS: item. Returns: version, value; or nothing. */
export const getScript = script(`
local found = redis.call("HMGET", KEYS[1], "n", "v")
if not found[1] then return {} end
return found
`);

/**
 * KEYS: item, index, expiries, receipts, counter. ARGV: prefix of items, key, value, request, "any" | "absent" | version, ttl in ms or
 * 0, receipts to keep. Returns: "written" | "exists" | "conflict", version (empty: none).
 */
export const putScript = script(`${purge}
local before = redis.call("ZSCORE", KEYS[4], ARGV[4])
if before then return {"written", before} end
local found = redis.call("HMGET", KEYS[1], "n", "w")
local version = found[1]
if version and found[2] == ARGV[4] then return {"written", version} end
local wanted = ARGV[5]
if wanted == "absent" then
  if version then return {"exists", version} end
elseif wanted ~= "any" and version ~= wanted then
  return {"conflict", version or ""}
end
local _, now = purge(ARGV[1], KEYS[2], KEYS[3], 10)
local change = redis.call("INCR", KEYS[5])
redis.call("DEL", KEYS[1])
redis.call("HSET", KEYS[1], "v", ARGV[3], "n", change, "w", ARGV[4])
redis.call("ZADD", KEYS[2], 0, ARGV[2])
local ttl = tonumber(ARGV[6])
if ttl > 0 then
  redis.call("PEXPIRE", KEYS[1], ttl)
  redis.call("ZADD", KEYS[3], now + ttl, ARGV[2])
else
  redis.call("ZREM", KEYS[3], ARGV[2])
end
redis.call("ZADD", KEYS[4], change, ARGV[4])
redis.call("ZREMRANGEBYRANK", KEYS[4], 0, -(ARGV[7] + 1))
return {"written", string.format("%.0f", change)}
`);

/** KEYS: as of put. ARGV: prefix of items, key, request, receipts to keep. Returns: 1 when there was one, else 0. */
export const deleteScript = script(`${purge}
if redis.call("ZSCORE", KEYS[4], ARGV[3]) then return 1 end
local there = redis.call("DEL", KEYS[1])
redis.call("ZREM", KEYS[2], ARGV[2])
redis.call("ZREM", KEYS[3], ARGV[2])
if there == 0 then return 0 end
purge(ARGV[1], KEYS[2], KEYS[3], 10)
local change = redis.call("INCR", KEYS[5])
redis.call("ZADD", KEYS[4], change, ARGV[3])
redis.call("ZREMRANGEBYRANK", KEYS[4], 0, -(ARGV[4] + 1))
return 1
`);

/**
 * KEYS: index, expiries. ARGV: prefix of items, where to begin as ZRANGE BYLEX has it, prefix of keys, limit, bytes of a page.
 * Returns: 1 when there is more, else 0; then key, version, value of each item.
 */
export const listScript = script(`
local page, count, bytes, from = {0}, 0, 0, ARGV[2]
local limit, maxBytes = tonumber(ARGV[4]), tonumber(ARGV[5])
while true do
  local keys = redis.call("ZRANGE", KEYS[1], from, "+", "BYLEX", "LIMIT", 0, 100)
  for _, key in ipairs(keys) do
    if string.sub(key, 1, #ARGV[3]) ~= ARGV[3] then return page end
    local found = redis.call("HMGET", ARGV[1] .. key, "n", "v")
    if not found[1] then
      redis.call("ZREM", KEYS[1], key)
      redis.call("ZREM", KEYS[2], key)
    elseif count == limit or bytes > maxBytes then
      page[1] = 1
      return page
    else
      count = count + 1
      bytes = bytes + #found[2]
      page[#page + 1] = key
      page[#page + 1] = found[1]
      page[#page + 1] = found[2]
    end
  end
  if #keys == 0 then return page end
  from = "(" .. keys[#keys]
end
`);

/** KEYS: index, expiries. ARGV: prefix of items. Returns: how many items there are. */
export const sizeScript = script(`${purge}
repeat until purge(ARGV[1], KEYS[1], KEYS[2], 1000) < 1000
return redis.call("ZCARD", KEYS[1])
`);
