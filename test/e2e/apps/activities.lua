-- Function calls of workflows: results, errors, retries, time-outs, options, context and keys; and what a workflow knows of itself.
local channel = require("channel")
local ctx = require("ctx")
local errors = require("errors")
local funcs = require("funcs")
local process = require("process")
local time = require("time")
local uuid = require("uuid")
local workflow = require("workflow")

local host = "t:flows"

local function about(err)
    if err == nil then return nil end
    return { kind = err:kind(), message = err:message(), retryable = err:retryable(), details = err:details() }
end

local function with(options) return funcs.new():with_options(options) end

local scripts = {}

function scripts.results()
    local told = { value = funcs.call("t:work", "value", { deep = { 1, "x" } }), process = funcs.call("t:work_process", "value", 7) }
    told.nothing = { funcs.call("t:work", "nothing") }
    told.count = select("#", funcs.call("t:work", "nothing"))
    return told
end

function scripts.failing(how)
    local _, once = funcs.call("t:work_once", how)
    local _, given = with({ ["activity.retry_policy"] = { maximum_attempts = 1 }, ["activity.id"] = "the-one" }):call("t:work", how)
    local _, from_process = with({ ["activity.retry_policy"] = { maximum_attempts = 1 } }):call("t:work_process", how)
    return { once = about(once), id = given:details()._activity_id, process = about(from_process) }
end

function scripts.not_found()
    local told = {}
    for n, target in ipairs({ "t:nowhere", "t:inner", "t:flow", "t:agent" }) do
        local value, err = funcs.call(target, "value", 1)
        told[n] = { value = value, err = about(err) }
    end
    return told
end

function scripts.refused()
    local told = {}
    local function tell(...)
        local value, err = ...
        told[#told + 1] = { value = value, err = about(err) }
    end
    tell(funcs.call(""))
    tell(funcs.call("nowhere"))
    tell(funcs.call(":x"))
    for _, options in ipairs({
        { ["activity.start_to_close_timeout"] = "soon" },
        { ["activity.start_to_close_timeout"] = true },
        { ["temporal.activity.schedule_to_close_timeout"] = -1 },
        { ["activity.retry_policy"] = "often" },
        { ["activity.retry_policy"] = { maximum_attempts = -1 } },
        { ["activity.retry_policy"] = { backoff_coefficient = 0.5 } },
        { ["activity.retry_policy"] = { initial_interval = "0s" } },
        { ["activity.retry_policy"] = { non_retryable_error_types = { 1 } } },
        { ["activity.id"] = "" },
        { ["activity.id"] = "17" },
        { ["activity.wait_for_cancellation"] = "yes" },
        { ["activity.task_queue"] = "" },
        { ["activity.priority"] = 1 },
        { ["activity.summary"] = 1 },
    }) do
        tell(with(options):call("t:work", "value", 1))
    end
    tell(with({ ["unknown.option"] = 1, ["activity.summary"] = "fine", ["activity.heartbeat_timeout"] = "10s" }):call("t:work", "value", 1))
    return told
end

function scripts.twice_open()
    local done = channel.new(2)
    for n = 1, 2 do
        coroutine.spawn(function()
            local value, err = with({ ["activity.id"] = "same-id" }):call("t:work", "slow", "300ms")
            done:send({ n = n, value = value, err = about(err) })
        end)
    end
    local told = { (done:receive()), (done:receive()) }
    local again = with({ ["activity.id"] = "same-id" }):call("t:work", "value", "free")
    return { told = told, again = again }
end

local quick = { initial_interval = "10ms", maximum_attempts = 3 }

-- How often each attempt came, and under how many keys.
function scripts.retried(arg)
    local counter = assert(process.spawn("t:agent", "t:memory"))
    local policy = {}
    for key, value in pairs(quick) do policy[key] = value end
    for key, value in pairs(arg.policy or {}) do policy[key] = value end
    local value, err = with({ ["activity.retry_policy"] = policy }):call("t:work", "counted " .. arg.how, counter)
    local keys = assert(process.call(counter, "numbers"))
    local distinct, n = {}, 0
    for _, key in ipairs(keys) do
        if not distinct[key] then n = n + 1 end
        distinct[key] = true
    end
    process.send(counter, "finish")
    return { value = value, err = about(err), attempts = #keys, keys = n }
end

function scripts.third()
    local counter = assert(process.spawn("t:agent", "t:memory"))
    local first = with({ ["activity.retry_policy"] = { initial_interval = "10ms" } }):call("t:work", "third", counter)
    local second = with({ ["activity.retry_policy"] = { initial_interval = "10ms" } }):call("t:work", "third", counter)
    local keys = assert(process.call(counter, "numbers"))
    return { first = first, second = second, same = keys[1] == keys[2] and keys[2] == keys[3], other = keys[3] ~= keys[4] }
end

function scripts.paused()
    local counter = assert(process.spawn("t:agent", "t:memory"))
    local before = time.now()
    with({ ["activity.retry_policy"] = { initial_interval = 300, backoff_coefficient = 2, maximum_attempts = 3 } })
        :call("t:work", "counted raise", counter)
    local took = time.now():sub(before):milliseconds()
    return { enough = took >= 880, not_more = took < 3000 }
end

function scripts.timed_out(arg)
    local value, err = with(arg):call("t:work", "slow", "3s")
    return { value = value, err = about(err) }
end

function scripts.timed_out_again()
    local value, err = with({ ["activity.start_to_close_timeout"] = "1s", ["activity.retry_policy"] = { initial_interval = "10ms", maximum_attempts = 2 } })
        :call("t:work", "slow", "3s")
    return { value = value, err = about(err) }
end

function scripts.final_time_out()
    local value, err = with({ ["activity.start_to_close_timeout"] = "1s",
        ["activity.retry_policy"] = { initial_interval = "10ms", non_retryable_error_types = { "TemporalTimeout:StartToClose" } } })
        :call("t:work", "slow", "3s")
    return { value = value, err = about(err) }
end

function scripts.too_big()
    local value, err = with({ ["activity.retry_policy"] = { maximum_attempts = 1 } }):call("t:work", "big", 1100000)
    local argument, argErr = funcs.call("t:work", "value", string.rep("x", 1100000))
    return { value = value, err = about(err), argument = argument, argErr = about(argErr) }
end

function scripts.beside()
    local done, before = channel.new(5), time.now()
    for n = 1, 5 do
        coroutine.spawn(function()
            funcs.call("t:work", "slow", "400ms")
            done:send(n)
        end)
    end
    local sum = 0
    for _ = 1, 5 do sum = sum + done:receive() end
    return { sum = sum, beside = time.now():sub(before):milliseconds() < 1500 }
end

function scripts.context()
    local told = { own = ctx.all(), key = ctx.get("tenant") }
    local _, missing = ctx.get("nothing")
    told.missing = about(missing)
    told.activity = funcs.call("t:work", "context")
    told.overlaid = funcs.new():with_context({ step = "charge", tenant = "other" }):call("t:work", "context")
    told.child = process.exec("t:flow", host, "own_context")
    told.with = process.with_context({ extra = 1 }):exec("t:flow", host, "own_context")
    told.memory = process.exec("t:outside", "t:memory", "own_context")
    return told
end

function scripts.own_context() return { ctx.all(), (funcs.call("t:work", "context")) } end

function scripts.info(outer)
    local info = workflow.info()
    local before = info.history_length
    for _ = 1, 3 do time.sleep("10ms") end
    local after = workflow.info()
    local told = { id = type(info.workflow_id), type = info.workflow_type, attempt = info.attempt, run = type(info.run_id), queue = type(info.task_queue),
        namespace = type(info.namespace), grows = after.history_length > before, sized = after.history_size > info.history_size,
        same = after.run_id == info.run_id, mine = process.pid():find(info.workflow_id, 1, true) ~= nil, first = before > 0,
        process = process.id() }
    if outer then told.inner = process.exec("t:flow", host, "info") end
    return told
end

function scripts.chance()
    local seen, n = {}, 0
    local values = { uuid.v1(), uuid.v4(), uuid.v4(), uuid.v7(), tostring(math.random()), tostring(math.random()) }
    for _, value in ipairs(values) do
        if not seen[value] then n = n + 1 end
        seen[value] = true
    end
    return { n = n, versions = { uuid.version(values[1]), uuid.version(values[2]), uuid.version(values[4]) },
        named = uuid.v5(uuid.v5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "a"), "b") }
end

function scripts.times()
    local before = time.now()
    local told = { none = { time.sleep("10ms") } }
    told.zero = { time.sleep(0) }
    told.wrong = { time.sleep("soon") }
    told.wrong[2] = about(told.wrong[2] or told.wrong[1])
    told.wrong[1] = nil
    local after = time.after("20ms")
    local value, ok = after:receive()
    told.after = { type(value), ok, select(2, after:receive()) }
    local stopped = time.timer("1h")
    local fired = time.timer("10ms")
    fired:response():receive()
    told.stop = { stopped:stop(), fired:stop() }
    local reset = time.timer("1h")
    told.reset = reset:reset("20ms")
    reset:response():receive()
    local ticker = time.ticker("50ms")
    local first, second = ticker:response():receive(), ticker:response():receive()
    told.ticks = second:after(first)
    told.stopped = ticker:stop()
    told.after_stop = { channel.select({ ticker:response():case_receive(), time.after("120ms"):case_receive() }).ok }
    local got = channel.select({ time.after("10ms"):case_receive(), process.inbox():case_receive() })
    told.selected = got.ok
    told.passed = time.now():sub(before):milliseconds() >= 100
    told.constant = time.now():equal(time.now())
    told.os = math.abs(os.time() - time.now():unix()) <= 1
    return told
end

local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end

function scripts.numbers()
    local sum = 2147483600
    for n = 1, 100 do sum = sum + n end
    local shown = {}
    for _, value in ipairs({ 1790000000 * 1000, fact(15), sum, 2147483647 + 1, -2147483648 - 1, 7 // 2, -7 // 2, 3000000000 // 7,
        5000000001 % 10, -7 % 3, 2 ^ 53, 10 / 2, 0.1 + 0.2, 1e300, 1 / 3, -0.0, time.HOUR }) do
        shown[#shown + 1] = tostring(value) .. " " .. value
    end
    shown[#shown + 1] = string.format("%d %d %s %5.2f", time.HOUR, fact(15), fact(15), 1 / 3)
    return { shown = shown, as = { 1, 1.0, 1.5, 2147483648, 9007199254740992, -1 } }
end

-- Values through an activity and a child, as they come back.
function scripts.corpus(values)
    local told = {}
    for n, value in ipairs(values) do
        told[n] = { (funcs.call("t:work", "value", value)), (process.exec("t:flow", host, "itself", value)) }
    end
    local moment = time.unix(1772368200, 123456789)
    local back = funcs.call("t:work", "value", { at = moment })
    told.time = { tostring(back.at:format(time.RFC3339NANO)), back.at:equal(moment) }
    local err = errors.new({ kind = "CONFLICT", message = "a value", retryable = true, details = { x = 1 } })
    told.error = about(funcs.call("t:work", "value", { err }) [1])
    told.empty = { (funcs.call("t:work", "value", {})), (funcs.call("t:work", "value", { a = {} })) }
    told.keys = funcs.call("t:work", "value", { [10] = "ten", [20] = "twenty" })
    told.bytes = { funcs.call("t:work", "value", "\0\1\255"):byte(1, -1) }
    return told
end

function scripts.itself(value) return value end

function scripts.unsendable()
    local told = {}
    for n, value in ipairs({ function() end, channel.new(), coroutine.running() }) do
        local _, err = funcs.call("t:work", "value", value)
        told[n] = about(err)
    end
    local cycle = {}
    cycle.cycle = cycle
    told.cycle = about(select(2, funcs.call("t:work", "value", cycle)))
    told.result = about(select(2, process.exec("t:flow", host, "gives_function")))
    told.big = about(select(2, process.exec("t:flow", host, "gives_big")))
    return told
end

function scripts.gives_function() return function() end end

function scripts.gives_big() return string.rep("x", 1100000) end

function scripts.outcome(how)
    local value, err = process.exec("t:flow", host, "ends", how)
    return { value = value, err = about(err) }
end

function scripts.ends(how)
    if how == "two" then return 1, 2 end
    if how == "text" then return 1, "failed" end
    if how == "error" then return 1, errors.new("plain") end
    if how == "false" then return false, "no" end
    if how == "table" then return "kept", { message = "a table" } end
    if how == "raise nil" then error(nil) end
    if how == "coroutine" then
        coroutine.spawn(function() error("in a coroutine") end)
        time.sleep("1s")
    end
    if how == "loop" then while true do end end
end

-- Calls under way at the same time: each outcome once, through a channel of its own; one is given up.
function scripts.futures()
    local quick, failing = funcs.async("t:work", "value", { n = 1 }), funcs.async("t:work_once", "returned")
    local slow, process_too = funcs.async("t:work", "slow", "3s"), funcs.async("t:work_process", "value", 2)
    local _, invalid = funcs.async("nowhere")
    local missing = funcs.async("t:nowhere", 1):response():receive()
    local before = { quick:is_complete(), slow:is_canceled(), select("#", slow:result()) }
    local told = { before = before, invalid = about(invalid), missing = missing:kind() }
    local cases = { quick:response():case_receive(), process_too:response():case_receive() }
    for _ = 1, 2 do
        local got = channel.select(cases)
        told[got.channel == quick:response() and "quick" or "process_too"] = got.value:data()
        cases = { (got.channel == quick:response() and process_too or quick):response():case_receive() }
    end
    told.again = { quick:response():receive() }
    local err, ok = failing:response():receive()
    told.failed = { kind = err:kind(), message = err:message(), ok = ok, same = failing:error() == err, complete = failing:is_complete() }
    told.cancel = slow:cancel()
    local item, more = slow:response():receive()
    local value, why = slow:result()
    told.canceled = { slow:is_canceled(), slow:is_complete(), item == nil, more, value == nil, about(why) }
    time.sleep("50ms")
    told.still = slow:is_complete()
    return told
end

function scripts.whoami(n)
    return { pid = process.pid(), id = process.id(), tenant = ctx.get("tenant"), n = n }
end

-- A workflow that a process calls as a function, with options of its start.
function scripts.as_function()
    local exec = funcs.new():with_context({ tenant = "acme" }):with_options({ ["temporal.workflow.id"] = "called-" .. uuid.v4() })
    local value = assert(exec:call("t:flow", "whoami", 7))
    local named = value.pid:find("called-", 1, true) ~= nil
    value.pid = nil
    local later = funcs.async("t:flow", "whoami", 8):response():receive():data()
    local _, err = funcs.call("t:flow", "ends", "error")
    return { value = value, named = named, n = later.n, tenant = later.tenant == nil, err = { err:kind(), err:message() } }
end

function scripts.actor(deep)
    local told = { activity = funcs.call("t:who"), visible = ctx.all() }
    if not deep then told.child = process.exec("t:flow", host, "actor", true) end
    return told
end

return { main = function(name, ...) return scripts[name](...) end }
