-- A carrier whose van is full the first two times it is asked to collect a parcel for a "flaky" address.
local process = require("process")

local function main()
    local refused = {}
    local inbox = process.inbox()
    while true do
        local msg, open = inbox:receive()
        if not open then return end
        local parcel = msg:payload():data()
        local times = refused[parcel.number] or 0
        if parcel.address == "flaky" and times < 2 then
            refused[parcel.number] = times + 1
            msg:fail("the van is full")
        else
            msg:reply({ number = parcel.number, collected = true })
        end
    end
end

return { main = main }
