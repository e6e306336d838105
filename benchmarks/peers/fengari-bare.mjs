/**
 * The limit for Lua: the engine as it is on npm, without processes. Two coroutines, resumed by hand from JavaScript, with the payload (a
 * text and a number) converted on each side; and for W3 a coroutine with an environment and shared code for each of the children.
 */
import fengari from "fengari";
import { bytesOf, main, outstanding, rate, seconds, verify } from "./peer.mjs";

const { lua, lauxlib, lualib, to_luastring: luaString, to_jsstring: jsString } = fengari;

function open() {
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  return state;
}

function load(state, text) {
  if (lauxlib.luaL_loadstring(state, luaString(text)) !== lua.LUA_OK)
    throw new Error(jsString(lua.lua_tostring(state, -1)));
  lua.lua_call(state, 0, 1);
}

/** A coroutine of the function on top of the stack, which is taken off; the reference keeps it alive. */
function coroutine(state) {
  const thread = lua.lua_newthread(state);
  lua.lua_insert(state, -2);
  lua.lua_xmove(state, thread, 1);
  return { thread, reference: lauxlib.luaL_ref(state, lua.LUA_REGISTRYINDEX) };
}

/** Resume with topic and value; the topic and value that it yields, or undefined when it has ended. */
function resume(state, thread, topic, value) {
  let given = 0;
  if (topic !== undefined) {
    lua.lua_pushstring(thread, luaString(topic));
    lua.lua_pushinteger(thread, value);
    given = 2;
  }
  const status = lua.lua_resume(thread, state, given);
  if (status === lua.LUA_OK) return undefined;
  if (status !== lua.LUA_YIELD) throw new Error(jsString(lua.lua_tostring(thread, -1)));
  if (lua.lua_gettop(thread) < 2) {
    lua.lua_settop(thread, 0);
    return { topic: undefined, value: undefined };
  }
  const told = { topic: jsString(lua.lua_tostring(thread, -2)), value: lua.lua_tointeger(thread, -1) };
  lua.lua_settop(thread, 0);
  return told;
}

const echo = `
return function()
  local topic, value = coroutine.yield()
  while true do topic, value = coroutine.yield("pong", value) end
end`;

const ping = `
return function(topic, count)
  for left = count, 1, -1 do
    local topic, got = coroutine.yield("ping", left)
    if got ~= left then error("reply " .. tostring(got) .. " in place of " .. left) end
  end
end`;

async function pingPong(count) {
  const state = open();
  load(state, echo);
  const { thread: answering } = coroutine(state);
  load(state, ping);
  const { thread: asking } = coroutine(state);
  resume(state, answering);
  let trips = 0;
  const taken = await seconds(() => {
    let message = resume(state, asking, "start", count);
    while (message !== undefined) {
      const reply = resume(state, answering, message.topic, message.value);
      trips++;
      message = resume(state, asking, reply.topic, reply.value);
    }
  });
  verify("round trips", trips, count);
  return taken;
}

/** As the child of the Lua subject, a program of about 60 lines: it waits for a message, answers it and ends. */
const body = `
return function(env)
  local state = { count = 0, names = {} }
  local function add(name, n)
    state.count = state.count + n
    state.names[#state.names + 1] = name
  end
  local function remove(name)
    for i, other in ipairs(state.names) do
      if other == name then
        table.remove(state.names, i)
        state.count = state.count - 1
        return true
      end
    end
    return false
  end
  local handlers = {}
  function handlers.add(data)
    add(data.name, data.n or 1)
    return { ok = true, count = state.count }
  end
  function handlers.remove(data)
    return { ok = remove(data.name), count = state.count }
  end
  function handlers.list()
    local copy = {}
    for i, name in ipairs(state.names) do copy[i] = name end
    return copy
  end
  function handlers.reset()
    state.count = 0
    state.names = {}
    return true
  end
  function handlers.go(value)
    state.count = state.count + 1
    return value
  end
  local function describe(topic, value)
    return string.format("%s with %s", topic, tostring(value))
  end
  local function answer(topic, value)
    local handler = handlers[topic]
    if handler == nil then return "error", "unknown: " .. describe(topic, value) end
    local ok, result = pcall(handler, value)
    if not ok then return "failed", tostring(result) end
    return "done", result
  end
  return function()
    local topic, value = coroutine.yield()
    while topic ~= "go" do
      topic, value = coroutine.yield(answer(topic, value))
    end
    coroutine.yield(answer(topic, value))
  end
end`;

function starter() {
  const state = open();
  load(state, body);
  const make = lauxlib.luaL_ref(state, lua.LUA_REGISTRYINDEX);
  const start = () => {
    lua.lua_rawgeti(state, lua.LUA_REGISTRYINDEX, make);
    lua.lua_createtable(state, 0, 0);
    lua.lua_call(state, 1, 1);
    const started = coroutine(state);
    resume(state, started.thread);
    return started;
  };
  const end = ({ reference }) => lauxlib.luaL_unref(state, lua.LUA_REGISTRYINDEX, reference);
  return { state, start, end };
}

function spawns(count) {
  const { state, start, end } = starter();
  return seconds(() => {
    let started = 0;
    let got = 0;
    const waiting = [];
    while (got < count) {
      for (; started < count && started - got < outstanding; started++) waiting.push(start());
      for (const one of waiting.splice(0)) {
        const answer = resume(state, one.thread, "go", 1);
        verify("answer", answer.topic, "done");
        verify("end", resume(state, one.thread), undefined);
        end(one);
        got++;
      }
    }
    verify("answers", got, count);
  });
}

const held = [];

function idle(count) {
  const { start } = starter();
  return bytesOf(count, async () => {
    for (let n = 0; n < count; n++) held.push(start());
  });
}

await main({
  W1: async (count) => [await rate(count, "round trips/s", pingPong)],
  W3: async (count) => {
    const memory = await idle(count);
    verify("coroutines alive", held.splice(0).length, count);
    return [await rate(count, "spawns/s", spawns), ...memory];
  },
});
