-- Decides about large orders. It crashes on its second request, on purpose, to show that nobody but its supervisor has to care.
local logger = require("logger")
local process = require("process")

local turned_down = { [28] = "too many monitors for one home" }

local function main(attempt)
    local requests = process.inbox()
    local seen = 0
    while true do
        local msg, open = requests:receive()
        if not open then return end
        local request = msg:payload():data()
        seen = seen + 1
        if attempt == 1 and seen == 2 then
            error("the approvals desk trips over request " .. request.number)
        end
        local reason = turned_down[request.number]
        logger:info("approval", { number = request.number, total = request.total, approved = reason == nil })
        process.send(msg:from(), "approval", { approved = reason == nil, reason = reason })
    end
end

return { main = main }
