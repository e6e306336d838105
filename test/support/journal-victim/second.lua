-- Notes what the receiver forwards, ticks, and sets a timer for every fifth message.
local time = require("time")

local period = 40
local delay = 20

local function now_ms()
  return math.floor(time.now():unix_nano() / 1000000 + 0.5)
end

local function main()
  local seen, ticks, armed, fired = {}, {}, {}, {}
  local started = now_ms()
  local ticker = time.ticker(period .. "ms")
  local inbox = process.inbox()

  local function set_timer(name)
    table.insert(armed, name .. " " .. now_ms())
    coroutine.spawn(function()
      time.sleep(delay .. "ms")
      table.insert(fired, name .. " " .. now_ms())
    end)
  end

  while true do
    local got = channel.select({ inbox:case_receive(), ticker:response():case_receive() })
    if got.channel ~= inbox then
      table.insert(ticks, now_ms())
    elseif got.value:topic() == "dump" then
      got.value:reply({
        seen = seen, ticks = ticks, armed = armed, fired = fired, started = started, period = period, delay = delay,
      })
    else
      local parts = got.value:payload()
      local sender, number, id = parts[1]:data(), parts[2]:data(), parts[3]:data()
      table.insert(seen, sender .. " " .. number .. " " .. id)
      if number % 5 == 0 then set_timer(#seen .. ":" .. sender .. ":" .. number) end
    end
  end
end

return { main = main }
