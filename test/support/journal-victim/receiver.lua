-- Handles each numbered message: some call a function, all go on to the second process with a journaled random id.
-- At an idle point, once its journal is long, it goes on in a new one.
local funcs = require("funcs")
local uuid = require("uuid")
local workflow = require("workflow")

-- `state` is the host of the second process at first.
local function main(state)
  if type(state) == "string" then
    local second, err = process.with_context({}):with_name("second"):spawn_linked("app:second", state)
    if err then error(err) end
    state = { second = second, handled = {}, upgrades = 0 }
  end

  local leaving = channel.new()
  workflow.on_continue(function()
    leaving:send(true)
    state.upgrades = state.upgrades + 1
    return state
  end)

  local function handle(sender, number)
    local id = uuid.v4()
    local receipt = "none"
    if number % 4 == 0 then
      local value, err = funcs.call("app:charge", sender, number)
      receipt = err and tostring(err) or value
    end
    table.insert(state.handled, sender .. " " .. number .. " " .. id .. " " .. receipt)
    local ok, err = process.send(state.second, "forwarded", sender, number, id)
    if not ok then error(err) end
    print("handled " .. sender .. " " .. number .. " " .. id)
  end

  local inbox = process.inbox()
  while true do
    local got = channel.select({ leaving:case_receive(), inbox:case_receive() })
    if got.channel == leaving then
      -- Nothing is in our hands; the rest of the inbox is for the next life.
      channel.new():receive()
    end
    local message = got.value
    if message:topic() == "dump" then
      message:reply(state)
    else
      local parts = message:payload()
      handle(parts[1]:data(), parts[2]:data())
    end
  end
end

return { main = main }
