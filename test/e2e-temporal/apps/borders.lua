-- Small programs that look at what comes across a border: from a process into a workflow, from there into activities and children.
local channel = require("channel")
local ctx = require("ctx")
local errors = require("errors")
local funcs = require("funcs")
local process = require("process")
local time = require("time")

local M = {}

local function about(err)
    if err == nil then return nil end
    if type(err) == "string" then return { text = err } end
    return { kind = err:kind(), message = err:message(), retryable = err:retryable(), details = err:details() }
end

-- Context values of this process, of an activity and of a child, each with what was laid over it.
function M.context(host)
    local seen = { own = ctx.all() }
    seen.activity = assert(funcs.call("b:context_of"))
    seen.overlaid = assert(funcs.new():with_context({ step = "charge" }):call("b:context_of"))
    seen.child = assert(process.exec("b:context_of_child", host))
    seen.with = assert(process.with_context({ tenant = "other" }):exec("b:context_of_child", host))
    return seen
end

function M.context_of() return ctx.all() end

-- Activity results carry our idempotency key beside the values.
function M.context_of_activity()
    local values = ctx.all()
    values.idempotency_key = values.idempotency_key ~= nil
    return values
end

function M.context_of_child()
    return { own = ctx.all(), activity = assert(funcs.call("b:context_of")) }
end

function M.fail(how)
    local full = { kind = "CONFLICT", message = "seat taken", retryable = false, details = { seat = "12A", free = { 1, 2 } } }
    if how == "text" then return nil, "just text" end
    if how == "returned" then return nil, errors.new(full) end
    if how == "raised" then error(errors.new(full)) end
    if how == "wrapped" then return nil, errors.wrap(errors.new(full), "while booking") end
    if how == "retryable" then
        full.retryable = true
        error(errors.new(full))
    end
    error("plain raise")
end

local once = { ["activity.retry_policy"] = { maximum_attempts = 1 } }

-- What a caller sees of each way to fail, over each border there is.
function M.errors(host)
    local seen = {}
    for _, how in ipairs({ "text", "returned", "raised", "wrapped", "retryable", "plain" }) do
        local _, activity = funcs.new():with_options(once):call("b:fail", how)
        local _, child = process.exec("b:fail_workflow", host, how)
        assert(process.spawn_monitored("b:fail_workflow", host, how))
        local event = process.events():receive()
        seen[how] = { activity = about(activity), child = about(child), exit = about(event.result.error),
            top = event.error == nil, stack = activity:stack() }
    end
    local _, missing = funcs.call("b:nowhere")
    local _, inner = funcs.call("b:not_an_activity")
    local _, nobody = process.exec("b:nowhere", host)
    local _, options = funcs.new():with_options({ ["activity.start_to_close_timeout"] = "soon" }):call("b:fail", "text")
    seen.missing, seen.inner, seen.nobody, seen.options = about(missing), about(inner), about(nobody), about(options)
    return seen
end

-- How often each activity ran is counted by the counter process.
function M.attempts(counter)
    local policy = { ["activity.retry_policy"] = { initial_interval = "10ms", maximum_attempts = 3 } }
    for _, how in ipairs({ "text", "raise", "retryable", "final" }) do
        funcs.new():with_options(policy):call("b:counted", counter, how)
    end
    local typed = { initial_interval = "10ms", maximum_attempts = 3, non_retryable_error_types = { "Conflict" } }
    funcs.new():with_options({ ["activity.retry_policy"] = typed }):call("b:counted", counter, "typed")
    return assert(process.call(counter, "numbers"))
end

function M.counted(counter, how)
    assert(process.send(counter, "n", how))
    if how == "text" then return nil, "no" end
    if how == "raise" then error("no") end
    if how == "typed" then error(errors.new({ kind = "CONFLICT", message = "no" })) end
    return nil, errors.new({ kind = "UNAVAILABLE", message = "no", retryable = how == "retryable" })
end

function M.timeout()
    local options = { ["activity.start_to_close_timeout"] = "1s", ["activity.retry_policy"] = { maximum_attempts = 1 } }
    local _, err = funcs.new():with_options(options):call("b:slow")
    return about(err)
end

function M.slow()
    time.sleep("5s")
    return "late"
end

function M.stubborn()
    process.listen("never"):receive()
end

local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end

function M.numbers()
    local sum = 2147483600
    for n = 1, 100 do sum = sum + n end
    local shown = {}
    for _, value in ipairs({
        1790000000 * 1000, fact(15), sum, 2147483647 + 1, -2147483648 - 1, 7 // 2, -7 // 2, 3000000000 // 7, 5000000001 % 10,
        -7 % 3, 2 ^ 53, 10 / 2, 1790000000 * 1000 // 1000, time.HOUR,
    }) do
        shown[#shown + 1] = tostring(value) .. " " .. value
    end
    shown[#shown + 1] = string.format("%d %d %s", time.HOUR, fact(15), fact(15))
    local total = 0
    for n = 2147483640, 2147483660 do total = total + 1 end
    shown[#shown + 1] = tostring(total)
    return shown
end

function M.info()
    local workflow = require("workflow")
    return workflow.info()
end

function M.exec(entry, host, ...)
    local value, err = process.exec(entry, host, ...)
    return { value = value, error = about(err) }
end

return M
