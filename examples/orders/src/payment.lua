-- The payment service. The idempotency key is the same on every attempt of one step: a real service would charge once per key.
local ctx = require("ctx")
local errors = require("errors")
local logger = require("logger")

local function charge(order, total)
    local key = ctx.get("idempotency_key")
    if order.card == "0002" then
        return nil, errors.new({ kind = errors.PERMISSION_DENIED, message = "card was refused", retryable = false })
    end
    logger:info("charge", { number = order.number, total = total, key = key })
    return { number = order.number, total = total, key = key }
end

local function refund(receipt)
    logger:info("refund", { number = receipt.number, total = receipt.total, of = receipt.key })
    return true
end

return { charge = charge, refund = refund }
