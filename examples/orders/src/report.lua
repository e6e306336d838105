-- How the batch is shown.
local function by_number(results)
    local sorted = {}
    for i, result in ipairs(results) do sorted[i] = result end
    table.sort(sorted, function(a, b) return a.number < b.number end)
    return sorted
end

local function count(results, status)
    local n = 0
    for _, result in ipairs(results) do
        if result.status == status then n = n + 1 end
    end
    return n
end

local function line(results)
    return string.format("orders: %d completed, %d rejected, %d compensated",
        count(results, "completed"), count(results, "rejected"), count(results, "compensated"))
end

local function as_table(results)
    local rows = { string.format("%5s  %-14s %8s  %-12s %s", "order", "customer", "total", "status", "reason") }
    for _, result in ipairs(by_number(results)) do
        rows[#rows + 1] = string.format("%5d  %-14s %8d  %-12s %s",
            result.number, result.customer, result.total, result.status, result.reason)
    end
    return table.concat(rows, "\n")
end

return { line = line, table = as_table }
