-- POST /api/orders: starts one order. The number is the workflow id, so the same order cannot be started twice.
local http = require("http")
local process = require("process")

local function handle()
    local request = http.request()
    local order, err = request:body_json()
    if err or type(order) ~= "table" or type(order.number) ~= "number" or type(order.quantity) ~= "number"
        or type(order.price) ~= "number" then
        return http.response():status(400):json({ error = "send {number, customer, item, quantity, price, card, address}" })
    end
    local spawner = process.with_options({
        ["temporal.workflow.id"] = "order-" .. order.number,
        ["temporal.workflow.id_conflict_policy"] = "fail",
        ["temporal.workflow.id_reuse_policy"] = "reject_duplicate",
    })
    local pid, failed = spawner:spawn("orders:order", "orders:workflows", order)
    if failed and failed:kind() == "ALREADY_EXISTS" then
        return http.response():status(409):json({ error = "order " .. order.number .. " exists", pid = failed:details().pid })
    elseif failed then
        return http.response():status(503):json({ error = failed:message() })
    end
    return http.response():status(201):json({ number = order.number, pid = pid })
end

return { handle = handle }
