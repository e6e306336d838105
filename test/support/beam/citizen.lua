-- A process of a script in Lua: it does acts in a row, as it is told, and prints what it gets.

local ENTRY = "t:citizen"
local HOSTS = { "test:one", "test:two" }
local NAMES = { "n0", "n1", "n2" }
local REFUSALS = { NOT_FOUND = "noproc", ALREADY_EXISTS = "already" }

local function say(...)
  local words = { ... }
  for i, word in ipairs(words) do words[i] = tostring(word) end
  print(table.concat(words, "\t"))
end

local function answer(ok, err)
  if err == nil then return "ok" end
  return REFUSALS[err:kind()] or (err:kind() .. " " .. err:message())
end

local function has_another_name(pid, name)
  for _, other in ipairs(NAMES) do
    if other ~= name and process.registry.lookup(other) == pid then return true end
  end
  return false
end

local acts = {}

function acts.send(dest, n) return answer(process.send(dest, "n", n)) end
function acts.link(dest) return answer(process.link(dest)) end
function acts.unlink(dest) return answer(process.unlink(dest)) end
function acts.monitor(dest) return answer(process.monitor(dest)) end
function acts.demonitor(dest) return answer(process.unmonitor(dest)) end
function acts.kill(dest) return answer(process.terminate(dest)) end
function acts.trap(on) return answer(process.set_options({ trap_links = on })) end

function acts.register(name, pid)
  if has_another_name(pid, name) then return "second_name" end
  local text = answer(process.registry.register(name, pid))
  return text == "already" and "taken" or text
end

function acts.unregister(name)
  return process.registry.unregister(name) and "ok" or "not_mine"
end

function acts.whereis(name)
  local pid, err = process.registry.lookup(name)
  return pid and ("pid " .. pid) or answer(pid, err)
end

function acts.spawn(bonds, name, place, first)
  local how = { spawn = true }
  for _, bond in ipairs(bonds) do how[bond] = true end
  local variant = "spawn" .. (how.link and "_linked" or "") .. (how.monitor and "_monitored" or "")
  local pid, err
  if name == "none" then
    pid, err = process[variant](ENTRY, HOSTS[place % #HOSTS + 1], first)
  else
    local spawner = process.with_options({}):with_name(name)
    pid, err = spawner[variant](spawner, ENTRY, HOSTS[place % #HOSTS + 1], first)
  end
  return pid and ("pid " .. pid) or answer(pid, err)
end

-- True when the process is to end normally.
local function perform(todo, from)
  for i, act in ipairs(todo) do
    local verb, a, b, c, d = table.unpack(act)
    if verb == "crash" then error("boom", 0) end
    if verb == "exit" then
      if a == "normal" then return true end
      error(errors.new({ kind = "GIVEN", message = a }))
    end
    say("result", from + i - 1, acts[verb](a, b, c, d))
  end
  return false
end

local function heard(event)
  local err = event.result.error
  local what = event.kind == process.event.EXIT and "exit" or "down"
  say("got", event.from, what, err and err:kind() or "normal", err and err:message() or "")
end

return function(first)
  local inbox, events = process.inbox(), process.events()
  if perform(first or {}, 0) then return end
  while true do
    local got = channel.select({ events:case_receive(), inbox:case_receive() })
    if got.channel == events then
      heard(got.value)
    elseif got.value:topic() == "n" then
      say("got", got.value:from(), "message", got.value:payload():data(), "")
    else
      local orders = got.value:payload():data()
      if perform(orders.acts, orders.from) then return end
    end
  end
end
