-- Messages from and to workflows: topics, payloads, senders, channels; calls; and the bonds that can be made and dropped later.
local channel = require("channel")
local errors = require("errors")
local process = require("process")
local time = require("time")

local host = "t:flows"
local inbox, events = process.inbox(), process.events()

local function about(err)
    if err == nil then return nil end
    return { kind = err:kind(), message = err:message(), retryable = err:retryable(), details = err:details() }
end

local function nextEvent(within)
    local got = channel.select({ events:case_receive(), time.after(within or "20s"):case_receive() })
    if got.channel ~= events then return "nothing" end
    local event, result = got.value, got.value.result or {}
    return { kind = event.kind, from = event.from, value = result.value, error = about(result.error), reason = event.reason }
end

local function shown(msg)
    local payload = msg:payload()
    local data = {}
    if type(payload) == "table" then
        for n, one in ipairs(payload) do data[n] = one:data() == nil and "nil" or one:data() end
    else
        data[1] = payload:data() == nil and "nil" or payload:data()
    end
    return { topic = msg:topic(), from = msg:from(), data = data }
end

local scripts = {}

-- A partner that does as it is told.
function scripts.partner()
    process.set_options({ trap_links = true })
    local got = {}
    while true do
        local either = channel.select({ events:case_receive(), inbox:case_receive() })
        if either.channel == events then
            local event, result = either.value, either.value.result or {}
            got[#got + 1] = { kind = event.kind, from = event.from, error = result.error and result.error:kind() }
        else
            local msg = either.value
            local topic = msg:topic()
            if topic == "end" then return msg:payload():data() end
            if topic == "fail" then error(errors.new({ kind = "CONFLICT", message = "on purpose" })) end
            if topic == "got" then
                msg:reply(got)
            elseif topic == "ask" then
                msg:reply({ answer = msg:payload():data() })
            elseif topic == "refuse" then
                msg:fail(errors.new({ kind = "PERMISSION_DENIED", message = "no", details = { why = "because" } }))
            elseif topic == "bounce" then
                assert(process.send(msg:from(), "bounced", shown(msg)))
            elseif topic == "silent" then
                got[#got + 1] = { silent = true }
            elseif topic == "do" then
                local what = msg:payload():data()
                local ok, err = process[what.call](what.to, table.unpack(what.args or {}))
                msg:reply({ ok = ok, err = about(err) })
            else
                got[#got + 1] = shown(msg)
            end
        end
    end
end

local function partner(where)
    if where == "memory" then return assert(process.spawn("t:outside", "t:memory", "partner")) end
    return assert(process.spawn("t:flow", host, "partner"))
end

local function ask(pid, topic, value) return assert(process.call(pid, topic, value, { timeout = "20s" })) end

function scripts.sent(where)
    local pid = partner(where)
    local told = {}
    for _, args in ipairs({ { "zero" }, { "one", 1 }, { "two", "a", { b = { 1, 2 } } } }) do
        told[#told + 1] = { process.send(pid, table.unpack(args)) }
    end
    process.send(pid, "nils", nil, nil)
    process.send(pid, "inbox", "a bare word")
    for n = 1, 5 do process.send(pid, "order", n) end
    local got = ask(pid, "got")
    process.send(pid, "end")
    return { told = told, got = got }
end

function scripts.bounced(where)
    local bounced = process.listen("bounced")
    local pid = partner(where)
    assert(process.send(pid, "bounce", 1, 2))
    local told = bounced:receive()
    process.send(pid, "end")
    return { mine = told.from == process.pid(), data = told.data, topic = told.topic }
end

function scripts.asked(where)
    local pid = partner(where)
    local told = { ask(pid, "ask", { n = 1 }) }
    local _, refused = process.call(pid, "refuse", 1)
    local _, late = process.call(pid, "silent", 1, { timeout = "300ms" })
    local _, ended = process.call(pid, "end", 1)
    local _, gone = process.call(pid, "ask", 1)
    local other = partner(where)
    local _, failed = process.call(other, "fail", 1)
    local _, nobody = process.call("no such name", "ask", 1)
    return { told = told, refused = about(refused), late = about(late).kind, ended = about(ended), gone = about(gone), failed = about(failed),
        nobody = about(nobody) }
end

function scripts.gone(where)
    local pid = partner(where)
    assert(process.monitor(pid))
    process.send(pid, "end", "over")
    local ended = nextEvent()
    local told = { ended = ended }
    local unknown = pid:gsub("|.*", "|never}")
    for name, to in pairs({ dead = pid, unknown = unknown, name = "nobody here" }) do
        local function tell(call, ...)
            local ok, err = process[call](to, ...)
            told[name .. " " .. call] = { ok = ok, err = about(err) }
        end
        tell("send", "n", 1)
        tell("cancel")
        tell("terminate")
        tell("link")
        tell("unlink")
        tell("unmonitor")
        if name ~= "dead" then tell("monitor") end
    end
    return told
end

-- A workflow that has ended is remembered to those who monitor it; a process in memory is not.
function scripts.late(fails)
    local pid = partner("flows")
    assert(process.monitor(pid))
    process.send(pid, fails and "fail" or "end", "over")
    local first = nextEvent()
    local ok, err = process.monitor(pid)
    local second = nextEvent()
    for _, event in ipairs({ first, second }) do if event.error then event.error = event.error.kind end end
    return { ok = ok, err = about(err), first = first, second = second }
end

function scripts.invalid()
    local told = {}
    local function tell(...)
        local ok, err = ...
        told[#told + 1] = { ok = ok, err = about(err) }
    end
    tell(process.send(process.pid(), "@x", 1))
    tell(process.send(process.pid(), "__temporal_x", 1))
    tell(process.send(process.pid(), ""))
    tell(process.send(process.pid()))
    tell(process.send(process.pid(), "f", function() end))
    tell(process.listen(""))
    tell(process.listen("@x"))
    tell(process.send("{broken", "n", 1))
    return told
end

function scripts.channels()
    local pid = partner("flows")
    local told = {}
    assert(process.send(process.pid(), "raw", "early"))
    local raw = process.listen("raw")
    told.early = raw:receive()
    told.same = process.listen("raw") == raw
    assert(process.send(process.pid(), "raw"))
    told.none, told.none_ok = raw:receive()
    assert(process.send(process.pid(), "raw", 1, 2))
    told.two = raw:receive()
    local full = process.listen("full", { message = true })
    assert(process.send(pid, "bounce"))
    assert(process.send(process.pid(), "full", { 1 }))
    told.full = shown(full:receive())
    told.mine = told.full.from == process.pid()
    told.bounced = shown(inbox:receive()).topic
    told.unlisten = process.unlisten(full)
    told.closed = { full:receive() }
    assert(process.send(process.pid(), "full", "to the inbox"))
    local last = shown(inbox:receive())
    told.last = last.data
    told.again = { process.unlisten(full) }
    told.again[2] = about(told.again[2])
    process.send(pid, "end")
    return told
end

function scripts.bonds(where)
    process.set_options({ trap_links = true })
    local told = {}
    local one = partner(where)
    told.monitor = process.monitor(one)
    local _, twice = process.monitor(one)
    told.twice = about(twice)
    told.link = process.link(one)
    told.relink = process.link(one)
    process.send(one, "fail")
    local first, second = nextEvent(), nextEvent()
    told.heard = { first.kind, second.kind, first.error.kind, second.error.kind, first.error.message }
    local two = partner(where)
    process.monitor(two)
    process.link(two)
    told.unmonitor, told.unlink = process.unmonitor(two), process.unlink(two)
    process.send(two, "fail")
    told.silence = nextEvent("700ms")
    local three = partner(where)
    process.monitor(three)
    process.link(three)
    process.send(three, "end", "fine")
    told.fine = nextEvent()
    told.quiet = nextEvent("500ms")
    return told
end

-- The other end links us: its failure is heard, and ours by it.
function scripts.linked_by(where)
    process.set_options({ trap_links = true })
    local pid = partner(where)
    local told = { ask(pid, "do", { call = "link", to = process.pid() }), ask(pid, "do", { call = "monitor", to = process.pid() }) }
    process.send(pid, "fail")
    local heard = nextEvent()
    if heard.error then heard.error.details = nil end
    told.heard = heard
    return told
end

-- Fails while linked: the partner hears.
function scripts.fails_linked(pid)
    assert(process.link(pid))
    error("on purpose")
end

function scripts.takes_along(where)
    local pid = partner(where)
    local _, err = process.exec("t:flow", host, "fails_linked", pid)
    local told = {}
    for _ = 1, 50 do
        told = ask(pid, "got")
        if #told > 0 then break end
        time.sleep("50ms")
    end
    process.send(pid, "end")
    return { err = err:kind(), told = told }
end

function scripts.cancelled(where)
    local pid = partner(where)
    local told = { process.cancel(pid), process.cancel(pid, "why not"), process.cancel(pid, "10m", "slowly") }
    local _, err = process.cancel(pid, {})
    told.err = about(err)
    local got = ask(pid, "got")
    process.send(pid, "end")
    return { told = told, got = got }
end

function scripts.overdue(where)
    local pid = partner(where)
    assert(process.monitor(pid))
    local told = process.cancel(pid, "300ms", "hurry")
    local event = nextEvent()
    if event.error and event.error.details then event.error.details._workflow_id = nil end
    return { told, event }
end

function scripts.killed(where)
    local pid = partner(where)
    assert(process.monitor(pid))
    local told = process.terminate(pid)
    return { told, nextEvent() }
end

function scripts.ends_itself(how)
    process[how](process.pid())
    if how == "terminate" then
        time.sleep("10s")
        return "alive"
    end
    local event = nextEvent()
    return { kind = event.kind, mine = event.from == process.pid() }
end

function scripts.names()
    local name = "name of " .. process.pid()
    local told = { before = about(select(2, process.registry.lookup(name))) }
    told.registered = { process.registry.register(name) }
    told.again = { process.registry.register(name) }
    told.mine = process.registry.lookup(name) == process.pid()
    local listened = process.listen("named")
    told.sent = process.send(name, "named", "by name")
    told.got = listened:receive()
    local pid = partner("flows")
    told.other = about(select(2, process.registry.register(name, pid)))
    told.for_other = process.registry.register("other " .. name, pid)
    told.asked = ask("other " .. name, "ask", 1)
    told.removed = { process.registry.unregister(name), process.registry.unregister(name) }
    process.send(pid, "end")
    return told
end

return { main = function(name, ...) return scripts[name](...) end }
