-- A function with an effect outside: it tells the world its idempotency key and the receipt of this very execution.
local ctx = require("ctx")
local time = require("time")
local uuid = require("uuid")

local function main(sender, number)
  local receipt = uuid.v4()
  local key = ctx.get("idempotency_key")
  print("executed " .. sender .. " " .. number .. " " .. receipt .. " " .. key)
  if number % 8 == 0 then time.sleep("3ms") end
  return receipt
end

return { main = main }
