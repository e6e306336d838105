-- What workflows call: functions that fail, count, wait or say what they see, as told.
local ctx = require("ctx")
local errors = require("errors")
local process = require("process")
local time = require("time")

local ways = {}

function ways.value(_, value) return value end

function ways.nothing() end

function ways.text() return nil, "just text" end

function ways.raise() error("raised") end

local full = { kind = "CONFLICT", message = "seat taken", retryable = false, details = { seat = "12A", free = { 1, 2 } } }

function ways.returned() return nil, errors.new(full) end

function ways.raised() error(errors.new(full)) end

function ways.wrapped() return nil, errors.wrap(errors.new(full), "while booking") end

function ways.retryable() return nil, errors.new({ kind = "UNAVAILABLE", message = "busy", retryable = true }) end

-- Tells the counter each attempt, and what it sees.
function ways.counted(how, counter)
    assert(process.send(counter, "n", (ctx.get("idempotency_key"))))
    return ways[how](how)
end

-- Fails until the counter has heard of so many attempts.
function ways.third(_, counter)
    assert(process.send(counter, "n", (ctx.get("idempotency_key"))))
    local seen = assert(process.call(counter, "numbers"))
    if #seen < 3 then error("not yet") end
    return "attempt " .. #seen
end

function ways.slow(_, duration)
    time.sleep(duration or "5s")
    return "late"
end

function ways.context()
    local values = ctx.all()
    values.idempotency_key = type(values.idempotency_key)
    return values
end

-- Its own idempotency key, which the log shows.
function ways.key(_, what)
    local key = ctx.get("idempotency_key")
    print("charge " .. what .. " " .. key)
    time.sleep("100ms")
    return key
end

function ways.big(_, size) return string.rep("x", size) end

return {
    main = function(how, ...)
        local way, rest = how:match("^(%a+) (%a+)$")
        if way then return ways[way](rest, ...) end
        return ways[how](how, ...)
    end,
}
