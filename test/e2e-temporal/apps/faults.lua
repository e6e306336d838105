-- Programs that go wrong in known lines.
local M = {}

local function deep(n)
    if n == 0 then
        local nothing = nil
        return nothing.field
    end
    return (deep(n - 1))
end

function M.raises()
    return (deep(3))
end

function M.loops()
    while true do end
end

function M.loops_caught()
    while true do
        pcall(function() while true do end end)
    end
end

function M.loops_in_coroutine()
    coroutine.spawn(function()
        while true do
            xpcall(error, function() while true do end end)
        end
    end)
    process.inbox():receive()
end

function M.patterns()
    local text = string.rep("a", 30000)
    return string.find(text, string.rep("a*", 20) .. "b")
end

function M.strings()
    local text = "x"
    while true do text = text .. text end
end

function M.busy()
    local sum = 0
    for n = 1, 300000 do sum = sum + n % 7 end
    return sum
end

return M
