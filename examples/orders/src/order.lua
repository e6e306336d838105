-- One order, from approval to shipping. What was done is taken back, in reverse order, when a later step fails.
local channel = require("channel")
local funcs = require("funcs")
local process = require("process")
local time = require("time")

local needs_approval_above = 1000
local approval_deadline = 60 * time.SECOND
local ask_again_after = 3 * time.SECOND

local steps = funcs.new():with_options({
    ["activity.start_to_close_timeout"] = "10s",
    ["activity.retry_policy"] = { initial_interval = "1s", backoff_coefficient = 1.5, maximum_attempts = 8 },
})

-- The ledger is a process in memory: while it is being restarted, or its node is down, a line is lost and nothing else.
local function tell(order, stage)
    process.send("orders.ledger", "progress", { number = order.number, stage = stage })
end

-- The desk may crash, or be on a node that died: ask again until somebody answers or time is up.
local function approved(order, total)
    local answers = process.listen("approval")
    local deadline = time.after(approval_deadline)
    while true do
        process.send("orders.approvals", "request", { number = order.number, total = total })
        local got = channel.select({ answers:case_receive(), deadline:case_receive(), time.after(ask_again_after):case_receive() })
        if got.channel == answers then
            return got.value.approved, got.value.reason
        elseif got.channel == deadline then
            return false, "nobody answered in time"
        end
    end
end

local function undo(done)
    for i = #done, 1, -1 do
        done[i]()
    end
end

local function main(order)
    local total = order.quantity * order.price
    local done = {}

    local function finish(status, reason)
        tell(order, status)
        return { number = order.number, customer = order.customer, total = total, status = status, reason = reason }
    end

    if total > needs_approval_above then
        tell(order, "waits for approval")
        local yes, reason = approved(order, total)
        if not yes then
            return finish("rejected", reason)
        end
    end

    local _, err = steps:call("orders:reserve", order)
    if err then
        return finish("rejected", err:message())
    end
    table.insert(done, function() steps:call("orders:release", order) end)

    local receipt
    receipt, err = steps:call("orders:charge", order, total)
    if err then
        undo(done)
        return finish("compensated", err:message())
    end
    tell(order, "charged")
    table.insert(done, function() steps:call("orders:refund", receipt) end)

    _, err = steps:call("orders:ship", order)
    if err then
        undo(done)
        return finish("compensated", err:message())
    end
    return finish("completed", "")
end

return { main = main }
