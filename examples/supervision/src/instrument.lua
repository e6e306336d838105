-- An instrument runs until its supervisor asks it to stop, or until it is told to break.
local channel = require("channel")
local process = require("process")

local function main(id)
    print(id .. " starts")
    local events, orders = process.events(), process.listen("break")
    local result = channel.select({ events:case_receive(), orders:case_receive() })
    if result.channel == orders then error(id .. " is broken") end
    print(id .. " stops")
end

return { main = main }
