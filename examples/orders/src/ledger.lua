-- Collects what the orders say about themselves and shows how far the batch is.
local logger = require("logger")
local process = require("process")

local final = { completed = true, rejected = true, compensated = true }

local function main(total)
    local inbox = process.inbox()
    local finished, done = {}, 0
    while true do
        local msg, open = inbox:receive()
        if not open then return end
        local line = msg:payload():data()
        if final[line.stage] and not finished[line.number] then
            finished[line.number] = true
            done = done + 1
        end
        logger:info("order " .. line.number .. " " .. line.stage, { progress = { done = done, total = total } })
    end
end

return { main = main }
