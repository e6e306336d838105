/** Services of Lua processes in an app: which end is followed by a restart, how they start, and how they stop. Specification 4. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { controlHost } from "../../app/node-hosts.js";
import { TestApp, until } from "../support/app.js";
import { problemsIn } from "./fixtures/config/app.js";

/** How a process ends -> whether its service starts it again. */
const ends: Readonly<Record<string, readonly [lua: string, isRestarted: boolean]>> = {
  returns: ["return", false],
  value: ["return 5", false],
  third: ['return 5, nil, "boom"', false],
  table: ["return nil, {}", false],
  raises: ['error("boom")', true],
  object_raised: ['error(errors.new{message = "boom", retryable = true})', true],
  final_raised: ['error(errors.new{message = "boom", retryable = false})', false],
  text: ['return nil, "boom"', false],
  false_text: ['return false, "boom"', false],
  object: ['return nil, errors.new("boom")', true],
  retryable: ['return nil, errors.new{message = "boom", retryable = true}', true],
  final: ['return nil, errors.new{message = "boom", retryable = false}', false],
  terminated: ["process.terminate(process.pid()) process.inbox():receive()", true],
  cancelled: ['process.cancel(process.pid(), "1ms") process.inbox():receive()', true],
  linked: ['process.spawn_linked("t:crasher", "t:memory") process.inbox():receive()', true],
};

const service = (name: string, more = "") =>
  `  - {name: ${name}.service, kind: process.service, process: ${name}, host: memory, ${more}lifecycle: {auto_start: true, restart: {initial_delay: 20ms, backoff_factor: 1, jitter: 0}}}`;
const process = (name: string) => `  - {name: ${name}, kind: process.lua, source: "file://${name}.lua"}`;
const names = Object.keys(ends);

const yaml = `namespace: t
entries:
  - {name: memory, kind: process.host}
${[...names, "crasher", "inputs", "sleeper"].map(process).join("\n")}
${names.map((name) => service(name)).join("\n")}
${service("inputs", 'input: [1, "two", {three: 3}, null], ')}
  - {name: sleeper.service, kind: process.service, process: sleeper, host: memory}
  - {name: first, kind: process.lua, source: "file://listener.lua"}
  - {name: first.service, kind: process.service, process: first, host: memory, lifecycle: {auto_start: true}}
  - {name: second.service, kind: process.service, process: first, host: memory, lifecycle: {auto_start: true, requires: [first.service]}}
`;

const files = {
  "_index.yaml": yaml,
  ...Object.fromEntries(names.map((name) => [`${name}.lua`, `return function() print("run") ${ends[name]![0]} end`])),
  "crasher.lua": 'return function() error("crash") end',
  "inputs.lua": `return function(...)
    local one, two, three = ...
    print("inputs " .. select("#", ...) .. " " .. one .. " " .. two .. " " .. three.three)
  end`,
  "sleeper.lua": 'return function() print("never") end',
  "listener.lua": `return function()
    local event = process.events():receive()
    print(event.kind .. ";" .. event.reason .. ";" .. event.from)
  end`,
};

interface Watched {
  readonly app: TestApp;
  /** What the processes of an entry printed, also while the app was starting. */
  said(name: string): string[];
}

async function boot(): Promise<Watched> {
  const logs: { entry: string; text: string }[] = [];
  const app = await TestApp.boot(
    files,
    (config) => config,
    (system) => system.events.on("log", ({ entry, record }) => logs.push({ entry, text: record.message })),
  );
  return { app, said: (name) => logs.filter(({ entry }) => entry === `t:${name}`).map(({ text }) => text) };
}

describe("a service", () => {
  let watched: Watched;
  const said = (name: string) => watched.said(name);
  beforeAll(async () => {
    watched = await boot();
    const restarted = names.filter((name) => ends[name]![1]);
    await until(() => restarted.every((name) => said(name).length >= 3));
  });
  afterAll(() => watched.app.stop());

  it.each(names.map((name) => [ends[name]![1] ? "starts" : "does not start", ends[name]![0], name] as const))(
    "%s its process again after: %s",
    (_, __, name) => {
      const runs = said(name).length;
      if (ends[name]![1]) expect(runs).toBeGreaterThanOrEqual(3);
      else expect(runs).toBe(1);
    },
  );

  it("gives each item of its input as one argument", () => {
    expect(said("inputs")).toEqual(["inputs 4 1 two 3"]);
  });

  it("without auto_start does not start", () => {
    expect(said("sleeper")).toEqual([]);
  });
});

describe("the stop of an app", () => {
  it("cancels each service by its private process, the dependants first, and every other process of a host", async () => {
    const { app, said } = await boot();
    await app.spawn("t:first", "t:memory");
    await app.stop();
    const told = said("first").map((line) => line.split(";"));
    expect(told.map(([kind, reason]) => [kind, reason])).toEqual([
      ["pid.cancel", "service stopping"],
      ["pid.cancel", "service stopping"],
      ["pid.cancel", "scheduler shutdown"],
    ]);
    expect(told[0]![2]).toContain(`${controlHost}|`);
  });
});

describe("the start of an app", () => {
  const full = (startup: string) => ({
    "_index.yaml": `namespace: t
entries:
  - {name: memory, kind: process.host, host: {max_processes: 1}}
  - {name: waits, kind: process.lua, source: "return function() process.events():receive() end"}
  - {name: a, kind: process.service, process: waits, host: memory, lifecycle: {auto_start: true}}
  - {name: b, kind: process.service, process: waits, host: memory, lifecycle: {auto_start: true, startup: ${startup}, requires: [a]}}
`,
  });

  it("fails when a required service cannot start, and stops what had started", async () => {
    await expect(TestApp.boot(full("required"))).rejects.toThrow("process.service t:b did not start");
  });

  it("goes on when an optional one cannot, and says so", async () => {
    const health: string[] = [];
    const app = await TestApp.boot(
      full("optional"),
      (config) => config,
      (system) => system.events.on("restart", ({ id, attempt }) => health.push(`${id} ${attempt}`)),
    );
    expect(health).toEqual(["t:b 1"]);
    await app.stop();
  });

  it("refuses a service on the host of the node's own processes", async () => {
    const entries = `
  - {name: p, kind: process.lua, source: "return print"}
  - {name: s, kind: process.service, process: p, host: "node:control"}
`;
    expect((await problemsIn(entries)).join()).toContain('"host" names node:control, which does not exist');
  });
});
