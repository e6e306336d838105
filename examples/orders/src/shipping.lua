-- Hands a parcel to the carrier, a process that may refuse it.
local errors = require("errors")
local process = require("process")

local function ship(order)
    if order.address == "nowhere" then
        return nil, errors.new({ kind = errors.NOT_FOUND, message = "no such address", retryable = false })
    end
    local answer, err = process.call("orders.carrier", "collect", { number = order.number, address = order.address })
    if err then
        return nil, errors.new({ kind = err:kind(), message = err:message(), retryable = true })
    end
    return answer
end

return { ship = ship }
