-- The shelves. Reserving the same order twice is reserving it once, so retries do no harm.
local errors = require("errors")

local stocked = { ["desk-lamp"] = true, chair = true, notebook = true, monitor = true, keyboard = true, shelf = true }

local function reserve(order)
    if not stocked[order.item] then
        return nil, errors.new({ kind = errors.NOT_FOUND, message = order.item .. " is out of stock", retryable = false })
    end
    return { item = order.item, quantity = order.quantity }
end

local function release(order)
    return { item = order.item, quantity = order.quantity }
end

return { reserve = reserve, release = release }
