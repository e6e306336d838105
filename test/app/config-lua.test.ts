import { describe, expect, test } from "vitest";
import { type AppConfig, entriesOfKind, isLuaEntry, knownModules } from "../../app/entries.js";
import { entryFile, load, loadEntries, problemsIn } from "./fixtures/config/app.js";

const worker = `
  - {name: c, kind: temporal.client, address: "localhost:7233"}
  - {name: w, kind: temporal.worker, client: c, task_queue: q}
`;

function hashOf(config: AppConfig, id: string): string {
  const entry = config.entries.get(id);
  if (entry === undefined || !isLuaEntry(entry)) throw new Error(`${id} is no Lua entry`);
  return entry.hash;
}

describe("methods", () => {
  test("main for processes and workflows, required for functions, unknown to libraries", async () => {
    const config = await loadEntries(`
  - {name: p, kind: process.lua, source: return 10}
  - {name: w, kind: workflow.lua, source: return 10}
  - {name: f, kind: function.lua, source: return 10, method: run, pool: {type: lazy, size: 2}}
`);
    expect(config.entries.get("app:p")).toMatchObject({ method: "main" });
    expect(config.entries.get("app:w")).toMatchObject({ method: "main", workflow: undefined });
    expect(config.entries.get("app:f")).toMatchObject({ method: "run" });
    expect(
      await problemsIn(`
  - {name: f, kind: function.lua, source: return 10}
  - {name: g, kind: function.lua, source: return 10, method: ""}
  - {name: l, kind: library.lua, source: return 10, method: run}
`),
    ).toEqual([
      '3:5: app:f: missing "method", which must be text',
      '4:62: app:g: "method" must not be empty',
      '5:53: app:l: unknown key "method"; allowed keys: name, kind, meta, source, modules, imports',
    ]);
  });
});

describe("modules", () => {
  test("each is kept once", async () => {
    const config = await loadEntries(
      "  - {name: p, kind: process.lua, source: return 10, modules: [json, time, json]}\n",
    );
    expect(entriesOfKind(config, "process.lua")[0]?.modules).toEqual(["json", "time"]);
  });

  test("unknown, unavailable and built-in names are told apart", async () => {
    const available = Object.entries(knownModules).flatMap(([name, module]) => (module.available ? [name] : []));
    const list = available.join(", ");
    expect(
      await problemsIn("  - {name: p, kind: process.lua, source: return 10, modules: [tme, string, sql, 3]}\n"),
    ).toEqual([
      `3:63: app:p: unknown module "tme" (did you mean "time"?); modules: ${list}`,
      '3:68: app:p: string is always there and not a module; remove it from "modules"',
      `3:76: app:p: unknown module "sql"; modules: ${list}`,
      '3:81: app:p: "modules[3]" must be text, not 3',
    ]);
    const missing = Object.keys(knownModules).find((name) => !available.includes(name));
    if (missing === undefined) return;
    expect(await problemsIn(`  - {name: p, kind: process.lua, source: return 10, modules: [${missing}]}\n`)).toEqual([
      `3:63: app:p: module ${missing} is not available in this version; modules: ${list}`,
    ]);
  });

  test("a workflow loads no module that does I/O, neither itself nor through a library", async () => {
    const lines = await problemsIn(`
  - {name: w, kind: workflow.lua, source: return 10, modules: [time, http], imports: {a: a}}
  - {name: a, kind: library.lua, source: return 10, imports: {b: b}}
  - {name: b, kind: library.lua, source: return 10, modules: [http]}
`);
    expect(lines).toEqual([
      expect.stringMatching(
        /^3:70: app:w: a workflow cannot load http, which does I\/O; call a function instead\. Allowed: base64, channel, .*workflow$/,
      ),
      expect.stringMatching(
        /^3:90: app:w: a workflow cannot import app:b, which loads http and so does I\/O; allowed modules: base64, channel, /,
      ),
    ]);
  });
});

describe("imports", () => {
  test("aliases lead to libraries by full id or bare name", async () => {
    const config = await loadEntries(`
  - {name: p, kind: process.lua, source: return 10, imports: {money: app:money, dates: dates}}
  - {name: money, kind: library.lua, source: return 10}
  - {name: dates, kind: library.lua, source: return 10}
`);
    expect(config.entries.get("app:p")).toMatchObject({ imports: { money: "app:money", dates: "app:dates" } });
  });

  test("a cycle names the chain", async () => {
    expect(
      await problemsIn(`
  - {name: a, kind: library.lua, source: return 10, imports: {b: b}}
  - {name: b, kind: library.lua, source: return 10, imports: {c: c}}
  - {name: c, kind: library.lua, source: return 10, imports: {a: a}}
  - {name: self, kind: library.lua, source: return 10, imports: {me: self}}
`),
    ).toEqual([
      "3:53: app:a: these libraries import each other: app:a -> app:b -> app:c -> app:a; move what they share to a third one",
      "6:56: app:self: these libraries import each other: app:self -> app:self; move what they share to a third one",
    ]);
  });

  test("aliases and targets must be fit", async () => {
    expect(
      await problemsIn(`
  - name: p
    kind: process.lua
    source: return {}
    modules: [json]
    imports: {json: lib, "": lib, x: "", y: p}
  - {name: lib, kind: library.lua, source: return 10}
`),
    ).toEqual([
      '7:15: app:p: the import "json" has the name of a module this entry loads; give it another alias',
      '7:26: app:p: "imports." must not have an empty key',
      '7:38: app:p: "imports.x" must not be empty',
      '7:45: app:p: "imports.y" names app:p, which is a process.lua; it must be the id of a library.lua',
    ]);
  });
});

describe("hashes", () => {
  const files = (options: { shared?: string; order?: "turned"; method?: string } = {}) => {
    const process = `  - name: p
    kind: process.lua
    source: return {}
    method: ${options.method ?? "main"}
    modules: ${options.order ? "[time, json]" : "[json, time]"}
    imports: ${options.order ? "{z: a, a: b}" : "{a: b, z: a}"}
`;
    const libraries = `  - {name: a, kind: library.lua, source: return 1, imports: {deep: deep}}
  - {name: b, kind: library.lua, source: return 2}
  - {name: deep, kind: library.lua, source: ${options.shared ?? "return 3"}}
`;
    return { "_index.yaml": entryFile(options.order ? libraries + process : process + libraries) };
  };

  test("do not depend on any order", async () => {
    const [one, other] = [await load(files()), await load(files({ order: "turned" }))];
    expect(hashOf(one, "app:p")).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf(other, "app:p")).toBe(hashOf(one, "app:p"));
  });

  test("differ between entries that share a source", async () => {
    const config = await loadEntries(`
  - {name: one, kind: process.lua, source: return 10}
  - {name: two, kind: process.lua, source: return 10}
  - {name: flow, kind: workflow.lua, source: return 10}
`);
    const hashes = ["app:one", "app:two", "app:flow"].map((id) => hashOf(config, id));
    expect(new Set(hashes).size).toBe(3);
  });

  test("change with the method and with what an import imports, and not otherwise", async () => {
    const before = await load(files());
    const method = await load(files({ method: "run" }));
    const deep = await load(files({ shared: "return 4" }));
    expect(hashOf(method, "app:p")).not.toBe(hashOf(before, "app:p"));
    expect(hashOf(deep, "app:p")).not.toBe(hashOf(before, "app:p"));
    expect(hashOf(deep, "app:a")).not.toBe(hashOf(before, "app:a"));
    expect(hashOf(deep, "app:b")).toBe(hashOf(before, "app:b"));
  });
});

describe("meta.temporal", () => {
  test.each(["default", "interceptors", "constructor", "toString"])("a workflow type may not be %s", async (name) => {
    const yaml = `${worker}
  - {name: order, kind: workflow.lua, source: return 10, meta: {temporal: {workflow: {worker: w, name: ${name}}}}}
`;
    await expect(loadEntries(yaml)).rejects.toThrow(/must not be default, interceptors/);
  });

  test("workflow and activity registrations", async () => {
    const config = await loadEntries(`${worker}
  - {name: order, kind: workflow.lua, source: return 10, meta: {temporal: {workflow: {worker: w, name: Order}}}}
  - {name: charge, kind: function.lua, source: return 10, method: run, meta: {temporal: {activity: {worker: app:w, local: true}}}}
`);
    expect(config.entries.get("app:order")).toMatchObject({
      workflow: { worker: "app:w", name: "Order" },
      defaultHost: "app:w",
      meta: { temporal: { workflow: { worker: "app:w" } } },
    });
    expect(config.entries.get("app:charge")).toMatchObject({ activity: { worker: "app:w", local: true } });
  });

  test("a missing worker and the wrong block are refused", async () => {
    expect(
      await problemsIn(`
  - {name: a, kind: workflow.lua, source: return 10, meta: {temporal: {workflow: {name: A}}}}
  - {name: b, kind: function.lua, source: return 10, method: m, meta: {temporal: {activity: {}}}}
  - {name: c, kind: function.lua, source: return 10, method: m, meta: {temporal: {workflow: {worker: w}}}}
`),
    ).toEqual([
      '3:82: app:a: missing "meta.temporal.workflow.worker", which must be the id of a temporal.worker, or of a process.host with a journal',
      '4:93: app:b: missing "meta.temporal.activity.worker", which must be the id of a temporal.worker, or of a process.host with a journal',
      '5:83: app:c: unknown key "workflow" in "meta.temporal"; allowed keys: activity',
    ]);
  });

  test("a type name is registered once on a worker, but may be used again on another", async () => {
    const lines = await problemsIn(`${worker}
  - {name: w2, kind: temporal.worker, client: c, task_queue: q2}
  - {name: a, kind: workflow.lua, source: return 10, meta: {temporal: {workflow: {worker: w, name: Order}}}}
  - {name: b, kind: workflow.lua, source: return 10, meta: {temporal: {workflow: {worker: w, name: Order}}}}
  - {name: d, kind: workflow.lua, source: return 10, meta: {temporal: {workflow: {worker: w2, name: Order}}}}
`);
    expect(lines).toEqual([
      expect.stringMatching(
        /^8:100: app:b: the workflow type "Order" of app:w is already registered by app:a \(.*_index\.yaml:7:5\); give one of them another name$/,
      ),
    ]);
  });
});
