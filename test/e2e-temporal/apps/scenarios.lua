-- One workflow per thing a workflow can do. Each does it, and then waits to be finished, so that its state can be looked at.
local channel = require("channel")
local errors = require("errors")
local funcs = require("funcs")
local process = require("process")
local time = require("time")
local uuid = require("uuid")
local workflow = require("workflow")

local inbox, events = process.inbox(), process.events()

local function about(err)
    return err and { kind = err:kind(), message = err:message(), retryable = err:retryable() }
end

local function nextMessage(topic)
    local msg = inbox:receive()
    assert(msg:topic() == topic, "expected " .. topic .. ", got " .. msg:topic())
    return msg
end

local function nextEvent()
    local event = events:receive()
    return { kind = event.kind, from = event.from, value = event.result and event.result.value,
        error = event.result and about(event.result.error), reason = event.reason }
end

local quick = { ["activity.retry_policy"] = { initial_interval = "100ms", maximum_attempts = 2 } }

local scenarios = {}

function scenarios.messages(peers)
    local topics = process.listen("listened")
    local seen = {}
    for n = 1, 3 do
        local msg = nextMessage("ordinary")
        seen[n] = msg:payload():data()
        assert(process.send(msg:from(), "n", seen[n]))
    end
    assert(process.send(peers.process, "n", { from = "workflow" }))
    assert(process.send(peers.workflow, "n", { from = "workflow" }))
    local _, gone = process.send(peers.nobody, "n", 1)
    local answer = assert(process.call(peers.process, "echo", { 1, 2, 3 }))
    local other = assert(process.call(peers.workflow, "echo", { a = "b" }))
    return { seen = seen, listened = topics:receive(), gone = about(gone), answer = answer, other = other }
end

function scenarios.activities()
    local sum = funcs.call("s:sum", 1, 2, 3)
    local _, refused = funcs.new():with_options(quick):call("s:refuse")
    local _, raised = funcs.new():with_options(quick):call("s:raise")
    local flaky = funcs.new():with_options(quick):call("s:flaky", uuid.v4())
    local _, missing = funcs.call("s:nowhere")
    return { sum = sum, refused = about(refused), raised = about(raised), flaky = flaky, missing = about(missing) }
end

-- Some are waited for, one is given up, one fails, and one nobody looks at: it may still be under way at the end.
function scenarios.futures()
    local sums = {}
    for n = 1, 3 do sums[n] = funcs.async("s:sum", n, n) end
    local refused = funcs.new():with_options(quick):async("s:refuse")
    local given_up = funcs.async("s:flaky", uuid.v4())
    funcs.async("s:sum", 7)
    given_up:cancel()
    local got = 0
    for n = 3, 1, -1 do got = got * 10 + sums[n]:response():receive():data() end
    local err = refused:response():receive()
    local _, canceled = given_up:result()
    return { got = got, refused = about(err), canceled = about(canceled), complete = given_up:is_complete() }
end

function scenarios.timers()
    local before = time.now()
    assert(time.sleep("10ms") == nil)
    local after = time.after("20ms")
    local stopped = time.timer("1h")
    local ticker = time.ticker("30ms")
    local got = channel.select({ after:case_receive(), stopped:response():case_receive() })
    local ticks = { (ticker:response():receive()), (ticker:response():receive()) }
    ticker:stop()
    return { first = got.channel == after, stopped = stopped:stop(), ticks = #ticks,
        late = time.now():sub(before):milliseconds() >= 10, at = os.time() }
end

function scenarios.children(peers)
    local child = assert(process.spawn_monitored("s:child", peers.host, "fine"))
    local first = nextEvent()
    local failing = assert(process.spawn("s:child", peers.host, "fail"))
    local second = nextEvent()
    local result = workflow.exec("s:child", "exec")
    local _, failed = process.exec("s:child", peers.host, "fail")
    local ephemeral = assert(process.spawn_monitored("s:echo", "s:memory", "in memory"))
    local third = nextEvent()
    return { mine = first.from == child and second.from == failing and third.from == ephemeral, first = first.value,
        second = second.error, result = result, failed = about(failed), third = third.value }
end

function scenarios.startup(peers)
    local starter = process.with_options({}):with_context({ tenant = "acme" })
        :with_message("n", 1):with_message("n", { 2 }):with_message("n", "three")
    local child = assert(starter:spawn("s:agent", peers.host))
    local numbers = assert(process.call(child, "numbers"))
    assert(process.send(child, "finish", "bye"))
    return { numbers = numbers, ended = nextEvent().value }
end

function scenarios.bonds(peers)
    process.set_options({ trap_links = true })
    assert(process.link(peers.process))
    assert(process.monitor(peers.process))
    assert(process.link(peers.workflow))
    assert(process.monitor(peers.workflow))
    assert(process.monitor(peers.kept))
    assert(process.unmonitor(peers.kept))
    local _, gone = process.monitor(peers.nobody)
    nextMessage("bound"):reply(true)
    local kinds = {}
    for n = 1, 4 do kinds[n] = nextEvent().kind end
    table.sort(kinds)
    return { kinds = kinds, gone = about(gone) }
end

function scenarios.coroutines()
    local jobs, done = channel.new(), channel.new(3)
    for n = 1, 3 do
        coroutine.spawn(function()
            while true do
                local job, ok = jobs:receive()
                if not ok then break end
                time.sleep("5ms")
                done:send(n * 0 + job * job)
            end
        end)
    end
    coroutine.spawn(function()
        for n = 1, 6 do jobs:send(n) end
        jobs:close()
    end)
    local total = 0
    for _ = 1, 6 do total = total + done:receive() end
    local idle = channel.select({ done:case_receive() }, true)
    return { total = total, idle = idle.default }
end

function scenarios.chance()
    local ids = { uuid.v1(), uuid.v4(), uuid.v7(), uuid.v5(uuid.v4(), "name") }
    return { ids = ids, dice = { math.random(1, 1000000), math.random(1, 1000000) }, same = ids[1] == ids[2] }
end

function scenarios.self()
    for n = 1, 3 do assert(process.send(process.pid(), "self", n)) end
    local got = {}
    for n = 1, 3 do
        local msg = nextMessage("self")
        got[n] = { msg:payload():data(), msg:from() == process.pid() }
    end
    return got
end

function scenarios.cancelled()
    local event = nextEvent()
    local undone = funcs.call("s:sum", 40, 2)
    return { kind = event.kind, reason = event.reason, undone = undone }
end

function scenarios.names()
    local name, mine = "known-" .. process.pid(), process.listen("mine")
    local before, err = process.registry.lookup(name)
    assert(process.registry.register(name))
    assert(process.send(name, "mine", "by name"))
    local found = process.registry.lookup(name) == process.pid()
    local data = mine:receive()
    return { before = before, err = about(err), found = found, data = data, gone = process.registry.unregister(name) }
end

function scenarios.numbers()
    local x, big = 0, 2147483647
    for n = 1, 100000 do x = x + n end
    return { x, big + 1, 1790000000 * 1000, 7 // 2, -7 // 2, -7 % 3, 5.5 // 2, string.format("%d", time.HOUR) }
end

return {
    main = function(name, peers)
        print("scenario " .. name)
        local result = scenarios[name](peers)
        while true do
            local msg = inbox:receive()
            if msg:topic() == "ready" then
                msg:reply(result)
            elseif msg:topic() == "fail" then
                error(errors.new({ kind = "CONFLICT", message = "as asked", details = { scenario = name } }))
            else
                return { name = name, result = result }
            end
        end
    end,
}
