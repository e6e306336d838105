-- Children of workflows and of processes: how they are started, what is heard of their ends, and what becomes of them at the end of
-- their parent.
local channel = require("channel")
local errors = require("errors")
local process = require("process")
local time = require("time")
local workflow = require("workflow")

local host = "t:flows"
local events = process.events()

local function about(err)
    if err == nil then return nil end
    return { kind = err:kind(), message = err:message(), retryable = err:retryable(), details = err:details() }
end

local function nextEvent()
    local got = channel.select({ events:case_receive(), time.after("20s"):case_receive() })
    if got.channel ~= events then return "nothing" end
    local event = got.value
    local result = event.result or {}
    return { kind = event.kind, from = event.from, value = result.value, error = about(result.error), reason = event.reason,
        top = event.error }
end

-- Nothing more is heard within this time.
local function quiet(duration)
    local got = channel.select({ events:case_receive(), time.after(duration):case_receive() })
    return got.channel ~= events
end

local scripts = {}

function scripts.value(arg) return arg end

function scripts.nothing() end

function scripts.text() return nil, "just text" end

function scripts.raise() error("raised") end

local full = { kind = "CONFLICT", message = "seat taken", retryable = false, details = { seat = "12A", free = { 1, 2 } } }

function scripts.returned() return nil, errors.new(full) end

function scripts.raised() error(errors.new(full)) end

function scripts.wrapped() return nil, errors.wrap(errors.new(full), "while booking") end

function scripts.retryable()
    return nil, errors.new({ kind = "UNAVAILABLE", message = "busy", retryable = true, details = "a text" })
end

function scripts.arguments(...) return { count = select("#", ...), ... } end

-- Waits for a message, and ends as it says.
function scripts.waits()
    local inbox = process.inbox()
    local got = channel.select({ events:case_receive(), inbox:case_receive() })
    if got.channel == events then
        local event = got.value
        return { kind = event.kind, from = event.from, reason = event.reason, deadline = type(event.deadline) }
    end
    return scripts[got.value:topic()](got.value:payload():data())
end

-- The scripts that a test runs.

function scripts.spawned(how)
    local pid = assert(process[how]("t:flow", host, "value", { a = 1 }))
    local event = nextEvent()
    return { mine = event.from == pid, event = event, quiet = quiet("300ms") }
end

function scripts.unmonitored()
    local pid = assert(process.spawn("t:flow", host, "waits"))
    assert(process.unmonitor(pid))
    assert(process.send(pid, "value", 1))
    return quiet("500ms")
end

function scripts.executed()
    local value, err = process.exec("t:flow", host, "value", { deep = { 1, { 2 } } })
    local none, nonErr = process.exec("t:flow", host, "nothing")
    return { value = value, err = about(err), none = none, nonErr = about(nonErr), quiet = quiet("300ms") }
end

function scripts.workflow_executed_ok()
    local value, err = workflow.exec("t:flow", "value", "inner")
    local _, failed = workflow.exec("t:flow", "returned")
    return { value = value, err = about(err), failed = about(failed), quiet = quiet("300ms") }
end

function scripts.workflow_refused()
    local _, nobody = workflow.exec("t:nobody")
    local _, shape = workflow.exec("nobody")
    local _, empty = workflow.exec()
    return { nobody = about(nobody), shape = about(shape), empty = about(empty) }
end

function scripts.failing(how)
    local _, err = process.exec("t:flow", host, how)
    assert(process.spawn_monitored("t:flow", host, how))
    return { exec = about(err), event = nextEvent() }
end

function scripts.linked_ok()
    process.set_options({ trap_links = true })
    assert(process.spawn_linked("t:flow", host, "value", 1))
    return { nextEvent(), quiet("300ms") }
end

function scripts.linked_trapped(how)
    process.set_options({ trap_links = true })
    assert(process[how]("t:flow", host, "returned"))
    local heard = { nextEvent(), nextEvent() }
    return { heard = heard, quiet = quiet("300ms") }
end

function scripts.linked()
    assert(process.spawn_linked("t:flow", host, "returned"))
    process.listen("never"):receive()
end

function scripts.linked_dies()
    local _, err = process.exec("t:flow", host, "linked")
    return about(err)
end

function scripts.in_memory(how)
    assert(process[how]("t:outside", "t:memory", "value", "in memory"))
    local first = nextEvent()
    assert(process[how]("t:outside", "t:memory", "raised"))
    local second = nextEvent()
    local value = process.exec("t:outside", "t:memory", "value", 7)
    local _, err = process.exec("t:outside", "t:memory", "returned")
    return { first, second, value, about(err) }
end

function scripts.terminated()
    local pid = assert(process.spawn_monitored("t:flow", host, "waits"))
    assert(process.terminate(pid))
    local event = nextEvent()
    local _, again = process.terminate(pid)
    return { event = event, again = about(again) }
end

function scripts.cancelled(reason)
    local pid = assert(process.spawn_monitored("t:flow", host, "waits"))
    assert(process.cancel(pid, reason))
    return nextEvent()
end

function scripts.many()
    local pids, ended = {}, 0
    for n = 1, 10 do pids[assert(process.spawn_monitored("t:flow", host, "value", n))] = n end
    local sum = 0
    for _ = 1, 10 do
        local event = nextEvent()
        if pids[event.from] == event.value then sum = sum + event.value end
    end
    return sum
end

function scripts.refused()
    local told = {}
    local function tell(...)
        local pid, err = ...
        told[#told + 1] = pid and "a pid" or about(err)
    end
    tell(process.spawn("t:nobody", host))
    tell(process.spawn("t:flow"))
    tell(process.spawn("flow", host))
    tell(process.exec("t:nobody", host))
    tell(process.spawn("t:flow", "t:memory", "value"))
    tell(process.with_options({ ["temporal.workflow.id"] = "" }):spawn("t:flow", host, "value"))
    tell(process.with_options({ ["temporal.workflow.id"] = 7 }):spawn("t:flow", host, "value"))
    tell(process.with_options({ ["workflow.run_timeout"] = "soon" }):spawn("t:flow", host, "value"))
    tell(process.with_options({ ["temporal.workflow.parent_close_policy"] = "hug" }):spawn("t:flow", host, "value"))
    tell(process.with_options({ ["temporal.workflow.id_conflict_policy"] = "perhaps" }):spawn("t:flow", host, "value"))
    tell(process.with_options({ ["other.option"] = 1 }):spawn("t:flow", host, "value"))
    return told
end

-- Starts one child for each policy and one with none, tells them to whoever asked, and ends.
function scripts.family(arg)
    local pids = {}
    for _, policy in ipairs({ "terminate", "abandon", "request_cancel", "default" }) do
        local id = arg.prefix .. policy
        local options = { ["temporal.workflow.id"] = id }
        if policy ~= "default" then options["temporal.workflow.parent_close_policy"] = policy end
        pids[policy] = assert(process.with_options(options):spawn("t:flow", host, "waits"))
    end
    assert(process.send(arg.to, "family", pids))
    process.listen("end"):receive()
    return scripts[arg.ends]()
end

-- What is heard of the children of a workflow that ends like this.
function scripts.closing(arg)
    local families = process.listen("family")
    local parent = assert(process.spawn_monitored("t:flow", host, "family", { prefix = arg.prefix, to = process.pid(), ends = arg.ends }))
    local pids = families:receive()
    for policy, pid in pairs(pids) do
        if policy ~= "abandon" then assert(process.monitor(pid)) end
    end
    if arg.ends == "terminated" then process.terminate(parent) else process.send(parent, "end", 1) end
    local heard = {}
    for _ = 1, 4 do
        local event = nextEvent()
        if event == "nothing" then break end
        heard[event.from:match("|(.*)}"):sub(#arg.prefix + 1)] = event
        if event.from == parent then
            heard.parent = event
        end
    end
    local abandoned = process.monitor(pids.abandon)
    assert(process.send(pids.abandon, "value", "still here"))
    heard.abandoned = nextEvent()
    local told = {}
    for _, name in ipairs({ "parent", "terminate", "default", "request_cancel", "abandoned" }) do
        local event = heard[name] or { }
        told[name] = { value = event.value, error = event.error }
    end
    return told
end

return { main = function(name, ...) return scripts[name](...) end }
