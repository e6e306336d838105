-- Waits until the desk has seen every order end, and returns its last line.
local process = require("process")
local time = require("time")

local function main()
    while not process.registry.lookup("orders.desk") do
        time.sleep("50ms")
    end
    local line, err = process.call("orders.desk", "report", nil, { timeout = "10m" })
    return line, err
end

return { main = main }
