-- A weather station: a tree of three levels. What a leaf does is instrument.lua's business; who starts it again is said here.
local process = require("process")
local supervisor = require("supervisor")

local function instrument(id)
    return { id = id, process = "supervision:instrument", args = { id }, shutdown = "1s" }
end

local tree = {
    name = "station",
    strategy = "one_for_one",
    intensity = 2,
    period = "5s",
    children = {
        -- Each instrument works on what the one before it gives: when one is replaced, those after it are, too.
        {
            id = "measuring",
            strategy = "rest_for_one",
            intensity = 1,
            period = "5s",
            children = { instrument("sensor"), instrument("filter"), instrument("average") },
        },
        -- These have nothing to do with each other.
        {
            id = "publishing",
            strategy = "one_for_one",
            intensity = 1,
            period = "5s",
            children = { instrument("display"), instrument("archive") },
        },
    },
}

-- The tree ends with its starter anyway; the station waits until it has ended, so that the node does, too.
local function main()
    local events = process.events()
    local root, err = supervisor.start_link(tree)
    if err then return nil, err end
    events:receive()
    process.monitor(root)
    process.cancel(root)
    events:receive()
end

return { main = main }
