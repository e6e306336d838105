-- Starting workflows: names, ids and what happens when they are taken, startup messages, delays and time-outs. Runs in a workflow and in
-- a process alike.
local channel = require("channel")
local process = require("process")
local time = require("time")

local host = "t:flows"
local events = process.events()

local function about(err)
    if err == nil then return nil end
    return { kind = err:kind(), message = err:message(), retryable = err:retryable(), details = err:details() }
end

local function nextEvent()
    local got = channel.select({ events:case_receive(), time.after("20s"):case_receive() })
    if got.channel ~= events then return "nothing" end
    local event, result = got.value, got.value.result or {}
    return { kind = event.kind, from = event.from, value = result.value, error = about(result.error) }
end

local scripts = {}

-- Collects what it is sent under "n" until it is told how to end.
function scripts.collects()
    local inbox, numbers, froms = process.inbox(), {}, {}
    while true do
        local msg = inbox:receive()
        local topic, payload = msg:topic(), msg:payload()
        local data = type(payload) == "table" and { payload[1]:data(), payload[2]:data() } or payload:data()
        if topic == "n" then
            numbers[#numbers + 1] = data == nil and "nothing" or data
            froms[msg:from()] = true
        elseif topic == "numbers" then
            local senders = 0
            for _ in pairs(froms) do senders = senders + 1 end
            msg:reply({ numbers = numbers, senders = senders })
        elseif topic == "fail" then
            error(data)
        else
            return data
        end
    end
end

local function options(arg, more)
    local all = {}
    for key, value in pairs(more or {}) do all["temporal.workflow." .. key] = value end
    return process.with_options(all)
end

local function starter(arg, more)
    more = more or {}
    if arg.by == "id" then more.id = arg.id end
    local made = options(arg, more)
    if arg.by == "name" then made = made:with_name(arg.id) end
    return made
end

local function with_numbers(made)
    return made:with_message("n", 1):with_message("n", { 2 }, "second"):with_message("n")
end

local function collects(made) return made:spawn_monitored("t:flow", host, "collects") end

local function ask(pid) return assert(process.call(pid, "numbers", nil, { timeout = "10s" })) end

-- An open run under an id: a second start with these options, and what the two come to.
function scripts.open(arg)
    local first = assert(collects(starter(arg)))
    local second, err = collects(with_numbers(starter(arg, arg.options)))
    local told = { same = second == first, err = about(err) }
    if second == nil then
        told.numbers = ask(first)
        process.send(first, "end", "first")
        told.ended = nextEvent()
        return told
    end
    if arg.replaced then told.replaced = nextEvent() end
    told.numbers = ask(second)
    process.send(second, "end", "second")
    told.ended = nextEvent()
    return told
end

-- An ended run under an id: a second start with these options.
function scripts.ended(arg)
    local first = assert(collects(starter(arg, arg.first)))
    assert(process.send(first, arg.how, "the first"))
    local told = { first = nextEvent() }
    if told.first.error then told.first.error = told.first.error.kind end
    local second, err = collects(with_numbers(starter(arg, arg.options)))
    told.same, told.err = second == first, about(err)
    if second then
        told.numbers = ask(second)
        process.send(second, "end", "the second")
        told.second = nextEvent()
    end
    return told
end

function scripts.messages()
    local pid = assert(collects(with_numbers(process.with_options({}))))
    assert(process.send(pid, "n", "later"))
    local told = ask(pid)
    process.send(pid, "end", "done")
    return { told, nextEvent() }
end

-- With a name that is taken by a workflow, the spawner is bound to it as asked.
function scripts.adopted(arg)
    process.set_options({ trap_links = true })
    local first = assert(starter(arg):spawn("t:flow", host, "collects"))
    local second = assert(starter(arg):spawn_linked_monitored("t:flow", host, "collects"))
    process.send(second, "fail", "on purpose")
    local heard = { nextEvent(), nextEvent() }
    for _, event in ipairs(heard) do event.error.details = nil end
    for _, event in ipairs(heard) do event.error.message = event.error.message:match("on purpose") end
    return { same = first == second, heard = heard }
end

function scripts.timed_out(arg)
    local before = time.now()
    assert(collects(options(arg, arg.options)))
    local event = nextEvent()
    local took = time.now():sub(before):milliseconds()
    return { event = event, early = took < 900 }
end

function scripts.exec_timed_out()
    local _, err = options({}, { run_timeout = "1s" }):exec("t:flow", host, "collects")
    return about(err)
end

-- Runs long enough after its start; messages wait for it.
function scripts.now() return time.now():unix_nano() / 1e6 end

function scripts.delayed(arg)
    local before = time.now():unix_nano() / 1e6
    local at, err = options(arg, { start_delay = "1500ms" }):exec("t:flow", host, "now")
    if err then return about(err) end
    local pid = assert(collects(with_numbers(options(arg, { start_delay = 1000 }))))
    assert(process.send(pid, "n", "early"))
    local told = ask(pid)
    process.send(pid, "end", 1)
    local ended = nextEvent()
    local waited = at - before >= 1400
    local gone = assert(collects(options(arg, { start_delay = "10m" })))
    process.terminate(gone)
    local terminated = nextEvent()
    if terminated.error then terminated.error.details = nil end
    return { waited = waited, told = told, ended = ended.value, terminated = terminated }
end

return { main = function(name, ...) return scripts[name](...) end }
