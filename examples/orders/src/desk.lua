-- The order desk: supervises its two helpers, starts one workflow per order, and reports when all of them have ended.
local channel = require("channel")
local logger = require("logger")
local process = require("process")
local batch = require("batch")
local report = require("report")
local starts = require("starts")

local children = {
    { id = "orders:approvals", name = "orders.approvals" },
    { id = "orders:ledger", name = "orders.ledger", args = { #batch } },
    { id = "orders:carrier", name = "orders.carrier" },
}

-- Starts of each child so far, by pid of the running one.
local running = {}

local function start_child(child)
    child.starts = (child.starts or 0) + 1
    local args = child.args or { child.starts }
    local spawner = process.with_options({}):with_name(child.name)
    local pid, err = spawner:spawn_linked(child.id, "orders:processes", table.unpack(args))
    if err then error(err) end
    running[pid] = child
end

local function stop_children()
    for pid in pairs(running) do
        process.unlink(pid)
        process.terminate(pid)
    end
end

-- An order that exists already, from an earlier life of this desk, is watched instead.
local function start_order(order)
    local pid, err = starts.spawner(order):spawn_monitored("orders:order", "orders:workflows", order)
    if err and err:kind() == "ALREADY_EXISTS" then
        pid = err:details().pid
        local _, monitor_error = process.monitor(pid)
        err = monitor_error
    end
    if err then error(err) end
    return pid
end

local function main()
    process.set_options({ trap_links = true })
    process.registry.register("orders.desk")
    local events, inbox = process.events(), process.inbox()
    for _, child in ipairs(children) do
        start_child(child)
    end

    local orders, results, waiting, left = {}, {}, {}, #batch
    coroutine.spawn(function()
        for _, order in ipairs(batch) do
            orders[start_order(order)] = order
        end
    end)

    local line
    local function finish()
        line = report.line(results)
        print(report.table(results))
        logger:info(line)
        for _, msg in ipairs(waiting) do
            msg:reply(line)
        end
    end

    while true do
        local got = channel.select({ events:case_receive(), inbox:case_receive() })
        local event = got.value
        if got.channel == inbox then
            if line then event:reply(line) else table.insert(waiting, event) end
        elseif event.kind == process.event.CANCEL then
            stop_children()
            return line
        elseif event.kind == process.event.LINK_DOWN and running[event.from] then
            local child = running[event.from]
            running[event.from] = nil
            logger:warn(child.id .. " crashed and is restarted", { error = tostring(event.result.error) })
            start_child(child)
        elseif event.kind == process.event.EXIT then
            local failed = event.result.error
            table.insert(results, event.result.value or { number = 0, customer = "?", total = 0, status = "failed", reason = tostring(failed) })
            left = left - 1
            if left == 0 then finish() end
        end
    end
end

return { main = main }
