-- Breaks instruments of the station, and shows the tree before and after. A process that was not there before is marked as new.
local process = require("process")
local supervisor = require("supervisor")
local time = require("time")

local known = {}

-- Lines of the tree below a supervisor, and how many of its processes run.
local function walk(pid, indent, lines)
    local children, err = supervisor.which_children(pid)
    -- It has just ended, and another one takes its place.
    if err then return 0 end
    local running = 0
    for _, child in ipairs(children) do
        table.insert(lines, { text = indent .. child.id .. (known[child.pid] and "" or " (new)"), pid = child.pid })
        if child.status == "running" then running = running + 1 end
        if child.status == "running" and child.type == "supervisor" then
            running = running + walk(child.pid, indent .. "  ", lines)
        end
    end
    return running
end

-- Waits until all processes run and so many of them are new.
local function settled(news)
    while true do
        local root = process.registry.lookup("station")
        local lines = {}
        if root and walk(root, "    ", lines) == 7 then
            local new = 0
            for _, line in ipairs(lines) do
                if not known[line.pid] then new = new + 1 end
            end
            if new == news then return lines end
        end
        time.sleep("5ms")
    end
end

local function remember(lines)
    for _, line in ipairs(lines) do
        known[line.pid] = true
    end
end

local function show(lines)
    print("  station")
    for _, line in ipairs(lines) do
        print(line.text)
    end
    remember(lines)
end

local function child_of(pid, id)
    for _, child in ipairs(supervisor.which_children(pid)) do
        if child.id == id then return child.pid end
    end
end

local function break_instrument(group, id)
    local instrument = child_of(child_of("station", group), id)
    process.monitor(instrument)
    process.send(instrument, "break")
    local exit = process.events():receive()
    print("* " .. id .. " crashes: " .. tostring(exit.result.error))
end

local function main()
    remember(settled(7))
    show(settled(0))

    print("One crash: those after the sensor are stopped, last first, and all three start again.")
    break_instrument("measuring", "sensor")
    show(settled(3))

    print("Two crashes within 5 s are more than `publishing` bears: it gives up, and `station` starts another one.")
    break_instrument("publishing", "archive")
    remember(settled(1))
    break_instrument("publishing", "archive")
    show(settled(3))
    return "7 processes run"
end

return { main = main }
