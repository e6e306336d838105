-- A process that does what it is told and reports what it heard. Runs unchanged on every host.
local channel = require("channel")
local process = require("process")
local time = require("time")

local heard, numbers = {}, {}

local function note(event)
    local result = event.result or {}
    table.insert(heard, {
        kind = event.kind,
        from = event.from,
        value = result.value,
        error = result.error and { kind = result.error:kind(), message = result.error:message() },
        reason = event.reason,
    })
end

local function answer(msg, ok, err)
    if err then
        msg:fail(err)
    else
        msg:reply(ok)
    end
end

local commands = {
    echo = function(msg, data) msg:reply(data) end,
    numbers = function(msg) msg:reply(numbers) end,
    heard = function(msg) msg:reply(heard) end,
    pid = function(msg) msg:reply(process.pid()) end,
    trap = function(msg, on) msg:reply(process.set_options({ trap_links = on })) end,
    link = function(msg, pid) answer(msg, process.link(pid)) end,
    unlink = function(msg, pid) answer(msg, process.unlink(pid)) end,
    monitor = function(msg, pid) answer(msg, process.monitor(pid)) end,
    unmonitor = function(msg, pid) answer(msg, process.unmonitor(pid)) end,
    terminate = function(msg, pid) answer(msg, process.terminate(pid)) end,
    cancel = function(msg, pid) answer(msg, process.cancel(pid, "as asked")) end,
    send = function(msg, what) answer(msg, process.send(what.to, what.topic, what.value)) end,
    call = function(msg, what) answer(msg, process.call(what.to, what.topic, what.value)) end,
    register = function(msg, name) answer(msg, process.registry.register(name)) end,
    sleep = function(msg, duration) answer(msg, time.sleep(duration) or true) end,
    spawn = function(msg, what)
        answer(msg, process[what.how](what.entry, what.host, table.unpack(what.args or {})))
    end,
}

local function main(first)
    if first == "crash" then error("crashed at once") end
    if first == "value" then return { answer = 42 } end
    if type(first) == "table" and first.trap then process.set_options({ trap_links = true }) end
    local inbox, events = process.inbox(), process.events()
    while true do
        local got = channel.select({ events:case_receive(), inbox:case_receive() })
        if got.channel == events then
            note(got.value)
            if got.value.kind == process.event.CANCEL then return "cancelled" end
        else
            local msg = got.value
            local topic, data = msg:topic(), msg:payload():data()
            if topic == "n" then
                table.insert(numbers, data)
            elseif topic == "finish" then
                return data
            elseif topic == "crash" then
                error(data)
            else
                commands[topic](msg, data)
            end
        end
    end
end

return { main = main }
