-- How an order becomes a workflow: its number is the workflow id, so no order runs twice, whoever starts it and how often.
local process = require("process")

local function spawner(order)
    return process.with_options({
        ["temporal.workflow.id"] = "order-" .. order.number,
        ["temporal.workflow.id_conflict_policy"] = "fail",
        ["temporal.workflow.id_reuse_policy"] = "reject_duplicate",
    })
end

return { spawner = spawner }
