-- POST /api/orders: starts one order.
local http = require("http")
local starts = require("starts")

local fields = "send {number, customer, item, quantity, price, card, address}"

local function answer(status, body)
    return http.response():status(status):json(body)
end

local function is_order(value)
    return type(value) == "table" and type(value.number) == "number" and type(value.quantity) == "number"
        and type(value.price) == "number"
end

local function handle()
    local order, err = http.request():body_json()
    if err or not is_order(order) then
        return answer(400, { error = fields })
    end
    local pid, failed = starts.spawner(order):spawn("orders:order", "orders:workflows", order)
    if failed and failed:kind() == "ALREADY_EXISTS" then
        return answer(409, { error = "order " .. order.number .. " exists", pid = failed:details().pid })
    elseif failed then
        return answer(503, { error = failed:message() })
    end
    return answer(201, { number = order.number, pid = pid })
end

return { handle = handle }
