/** Small Lua processes that tests of the `process` module start, and ways to run the body of a main function among them. */
import { expect } from "vitest";
import type { Outcome } from "../../actors/index.js";
import type { Payload } from "../../mailbox/index.js";
import { type SourceSpec, type VirtualNode, virtualNode } from "./virtual.js";

/** Entries that the tests start. */
export const children: Record<string, SourceSpec> = {
  "app:echo": `return function(...)
    local first = process.inbox():receive()
    process.send(first:from(), "echo", first:topic(), first:payload():data())
    return "echoed"
  end`,
  "app:value": "return function(...) return { ... } end",
  "app:fail":
    "return function(m) return nil, errors.new{ kind = 'NotFound', message = m or 'missing', retryable = false, details = { n = 1 } } end",
  "app:crash": "return function() error('crashed') end",
  "app:wait": "return function() process.inbox():receive() return 'woken' end",
  "app:until_cancel": `return function()
    local event = process.events():receive()
    return { event.kind, event.from, event.reason or "", event.deadline or 0 }
  end`,
  "app:inbox": `return function(count)
    local inbox, seen = process.inbox(), {}
    for i = 1, count do
      local msg = inbox:receive()
      seen[i] = { msg:topic(), msg:from(), msg:payload():data() }
    end
    return seen
  end`,
  "app:answer": `return function()
    local inbox = process.inbox()
    while true do
      local msg = inbox:receive()
      if msg:topic() == "add" then local d = msg:payload():data() msg:reply(d.a + d.b)
      elseif msg:topic() == "fail" then msg:fail(errors.new{ kind = "Conflict", message = "not now", retryable = true })
      elseif msg:topic() == "text" then msg:fail("plain text")
      elseif msg:topic() == "end" then return "over"
      elseif msg:topic() == "crash" then error("in call") end
    end
  end`,
};

export const H = '"test:host"';

export function run(body: string, ...args: Payload[]): { node: VirtualNode; outcome: Outcome } {
  const node = virtualNode({
    ...children,
    "app:main": `local time = require("time") return function(...) ${body} end`,
  });
  const outcome = node.run("app:main", ...args);
  expect(node.internalErrors).toEqual([]);
  return { node, outcome };
}

export function value(body: string, ...args: Payload[]): Payload {
  const { outcome } = run(body, ...args);
  if (!outcome.ok) throw new Error(`${outcome.error.message}\n${outcome.error.stack}`);
  return outcome.value;
}

/** `{ kind, message, retryable }` of the second result of a call. */
export const problem = (call: string) =>
  `(function() local v, e = ${call} return { v == nil, e:kind(), e:message(), e:retryable() } end)()`;

export function problemOf(call: string): Payload {
  return value(`return ${problem(call)}`);
}
