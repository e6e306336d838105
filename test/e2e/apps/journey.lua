-- An order with everything in it that a crash could break: a child, calls that are retried, timers, a signal, chance and context.
local channel = require("channel")
local ctx = require("ctx")
local funcs = require("funcs")
local process = require("process")
local time = require("time")
local uuid = require("uuid")
local workflow = require("workflow")

local host = "t:flows"

local function stage(name)
    print("stage " .. name)
    time.sleep("150ms")
end

local scripts = {}

function scripts.order(number)
    local id, run = uuid.v4(), workflow.info().run_id
    stage("begun")
    local reserved = assert(funcs.call("t:work", "value", { number = number, tenant = ctx.get("tenant") }))
    stage("reserved")
    local parcel = assert(process.with_options({}):with_name("parcel-" .. number):spawn_monitored("t:flow", host, "parcel", number))
    stage("packing")
    local approved = process.listen("approve"):receive()
    stage("approved")
    local charged = assert(funcs.new():with_options({ ["activity.retry_policy"] = { initial_interval = "50ms" } })
        :call("t:work", "key", number))
    stage("charged")
    assert(process.send(parcel, "ship", approved))
    local event = process.events():receive()
    stage("shipped")
    return { reserved = reserved, approved = approved, charged = type(charged), shipped = event.result.value, mine = event.from == parcel,
        same = { id == tostring(id), run == workflow.info().run_id }, id = id }
end

function scripts.parcel(number)
    local ticks, ship = time.ticker("50ms"):response(), process.listen("ship")
    local n = 0
    while true do
        local got = channel.select({ ticks:case_receive(), ship:case_receive() })
        if got.channel == ship then return { number = number, by = got.value, ticked = n > 0 } end
        n = n + 1
    end
end

-- In memory: starts the order or finds it, approves it, and says what came of it.
function scripts.desk()
    local order = assert(process.with_context({ tenant = "acme" }):with_name("order-7"):spawn_monitored("t:flow", host, "order", 7))
    print("desk " .. order)
    process.send(order, "approve", "the desk")
    local event = process.events():receive()
    local result, err = event.result.value, event.result.error
    if err then
        print("failed " .. tostring(err))
    else
        result.id = #result.id
        print("result " .. require("json").encode(result))
    end
end

-- Durable, as a service: counts, and says when it starts and when it is asked to stop.
function scripts.counter()
    print("started " .. process.pid())
    local inbox, events, n = process.inbox(), process.events(), 0
    while true do
        local got = channel.select({ inbox:case_receive(), events:case_receive() })
        if got.channel == events then
            print("heard " .. got.value.kind)
        elseif got.value:topic() == "add" then
            n = n + 1
        elseif got.value:topic() == "crash" then
            error("on purpose")
        else
            got.value:reply({ n = n, pid = process.pid() })
        end
    end
end

return { main = function(name, ...) return scripts[name](...) end }
