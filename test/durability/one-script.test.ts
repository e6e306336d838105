/** One script on every tier and across them: where a process lives changes nothing of what it does. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeRedis, redisIsSkipped, redisUrl } from "../support/redis.js";
import { openTiers, type Tiers } from "../support/tiers.js";

/** A desk that supervises its helpers, takes orders, asks for approval, counts in a ledger, and reports what it heard. */
const desk = `
local time = require("time")
local function sorted(list) table.sort(list) return list end

local function main(hosts)
  process.set_options{ trap_links = true }
  local events, inbox = process.events(), process.inbox()
  local heard, results, names = {}, {}, {}

  local ledger = assert(process.with_options({}):with_name("ledger" .. process.pid()):with_message("hello", "first")
    :spawn_linked_monitored("app:ledger", hosts.ledger))
  local approvals = assert(process.spawn_linked("app:approvals", hosts.approvals, 1))
  names[ledger], names[approvals] = "ledger", "approvals"
  local left = 6
  for n = 1, 6 do
    local pid = assert(process.spawn_monitored("app:order", hosts.order, n, ledger, approvals, process.pid()))
    names[pid] = "order " .. n
  end
  local ticks = 0
  local ticker = time.ticker("5ms")
  while left > 0 do
    local r = channel.select{ events:case_receive(), inbox:case_receive(), ticker:response():case_receive() }
    if r.channel == events then
      local e = r.value
      local what = names[e.from] or "?"
      if what == "approvals" then
        table.insert(heard, what .. " " .. e.kind .. " " .. tostring(e.result.error))
        approvals = process.spawn_linked("app:approvals", hosts.approvals, 2)
        names[approvals] = "approvals again"
      elseif what:find("order") then
        table.insert(results, what .. " " .. tostring(e.result.value or e.result.error))
        left = left - 1
      end
    elseif r.channel == inbox then
      r.value:reply(approvals)
    else
      ticks = ticks + 1
    end
  end
  ticker:stop()
  local sum, err = process.call(ledger, "sum", nil, { timeout = "20s" })
  local first = process.registry.lookup("ledger" .. process.pid()) == ledger
  process.send(ledger, "stop")
  local bye
  repeat bye = events:receive() until bye.from == ledger
  process.unlink(approvals)
  process.terminate(approvals)
  local _, gone = process.registry.lookup("ledger" .. process.pid())
  local _, dead = process.send(ledger, "sum")
  return { heard = heard, results = sorted(results), sum = sum, first = first, bye = bye.result.value,
    gone = gone and gone:kind(), dead = dead and dead:kind(), ticked = ticks >= 0 }
end
return { main = main }`;

const ledger = `
local function main()
  local inbox, sum, seen = process.inbox(), 0, {}
  while true do
    local msg = inbox:receive()
    if msg:topic() == "line" then sum = sum + msg:payload():data()
    elseif msg:topic() == "sum" then msg:reply(sum)
    elseif msg:topic() == "hello" then seen[1] = msg:payload():data()
    elseif msg:topic() == "stop" then return "ledger of " .. sum .. " " .. tostring(seen[1]) end
  end
end
return { main = main }`;

const approvals = `
local function main(attempt)
  local inbox, count = process.inbox(), 0
  while true do
    local msg = inbox:receive()
    count = count + 1
    if attempt == 1 and count == 3 then error("approvals trips", 0) end
    msg:reply(msg:payload():data() % 2 == 0)
  end
end
return { main = main }`;

/** Asks until somebody answers: the approvals desk crashes once on the way. */
const order = `
local time = require("time")
local function main(n, ledger, approvals, desk)
  if n == 5 then return nil, errors.new{ message = "no such item", kind = errors.NOT_FOUND, retryable = false } end
  time.sleep("2ms")
  local yes, err = process.call(approvals, "ask", n, { timeout = "20s" })
  while err do
    time.sleep("3ms")
    approvals = process.call(desk, "who", nil, { timeout = "20s" }) or approvals
    yes, err = process.call(approvals, "ask", n, { timeout = "20s" })
  end
  if not yes then return "refused" end
  process.send(ledger, "line", n * 10)
  return "done"
end
return { main = main }`;

const sources = { "app:desk": desk, "app:ledger": ledger, "app:approvals": approvals, "app:order": order };

const expected = {
  heard: ["approvals pid.link.down approvals trips"],
  results: [
    "order 1 refused",
    "order 2 done",
    "order 3 refused",
    "order 4 done",
    "order 5 no such item",
    "order 6 done",
  ],
  sum: 120,
  first: true,
  bye: "ledger of 120 first",
  gone: "NOT_FOUND",
  dead: "NOT_FOUND",
  ticked: true,
};

const placements: readonly (readonly [desk: string, ledger: string, approvals: string, order: string])[] = [
  ["memory", "memory", "memory", "memory"],
  ["lmdb", "lmdb", "lmdb", "lmdb"],
  ["memory", "lmdb", "memory", "lmdb"],
  ["lmdb", "memory", "lmdb", "memory"],
];
const onRedis: typeof placements = [
  ["redis", "redis", "redis", "redis"],
  ["memory", "redis", "memory", "redis"],
  ["redis", "lmdb", "memory", "redis"],
  ["lmdb", "redis", "redis", "memory"],
  ["redis", "memory", "lmdb", "lmdb"],
];

let tiers: Tiers;
beforeAll(async () => {
  tiers = await openTiers(sources, redisIsSkipped ? undefined : redisUrl());
});
afterAll(() => tiers.close());

const runs = async ([desk, ledger, approvals, order]: (typeof placements)[number]): Promise<void> => {
  const hosts = { ledger: `test:${ledger}`, approvals: `test:${approvals}`, order: `test:${order}` };
  const outcome = await tiers.run("app:desk", `test:${desk}`, hosts);
  expect(outcome).toEqual({ ok: true, value: expected });
};

describe("one script gives one outcome", () => {
  it.each(placements)("desk %s, ledger %s, approvals %s, orders %s", (...place) => runs(place));
});

describeRedis("and with Redis", () => {
  it.each(onRedis)("desk %s, ledger %s, approvals %s, orders %s", (...place) => runs(place));
});

describe("afterwards", () => {
  it("every process of every tier replays, cut at each of its inputs", () => {
    expect(tiers.replayAll()).toBeGreaterThan(30);
  });
});
