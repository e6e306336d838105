/** The module `registry` and its service, in memory and on a journal. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ModuleApp, type ModuleHost, moduleHosts, refusal } from "../support/module-app.js";
import { problemsIn } from "./fixtures/config/app.js";

const entries = `
  - {name: env, kind: env.storage.static, values: {PASSWORD: hunter2}}
  - {name: password, kind: env.variable, variable: PASSWORD, storage: env}
  - {name: view.home, kind: registry.entry, meta: {type: view, tags: [admin, main], order: 2, a: {b: {c: deep}}}, title: Home, secret: "\${env:PASSWORD}", list: [1, {x: true}]}
  - {name: view.list, kind: registry.entry, meta: {type: view, tags: [main], order: 10, "a.b": flat, hidden: false}, title: List}
  - {name: menu, kind: registry.entry, meta: {type: menu}}
  - {name: cache, kind: store.redis, url: "redis://ann:hunter2@127.0.0.1:1/0", lifecycle: {startup: optional}}
  - {name: temporal, kind: temporal.client, address: "127.0.0.1:1", auth: {type: api_key, api_key: hunter2}}
`;

let app: ModuleApp;
const ask = (host: ModuleHost, ...calls: readonly (readonly unknown[])[]) => app.call("registry", host, ...calls);

/** The ids that a filter finds. */
async function found(filter: Readonly<Record<string, unknown>>, host: ModuleHost = "t:memory"): Promise<string[]> {
  const [answer] = (await ask(host, ["find", filter])) as { value: { id: string }[] }[];
  return answer!.value.map(({ id }) => id.replace("t:", ""));
}

beforeAll(async () => {
  app = await ModuleApp.boot("registry", entries);
});
afterAll(() => app.stop());

describe.each(moduleHosts)("registry on %s", (host) => {
  it("gives an entry by its id: kind, metadata, and all other fields as data", async () => {
    expect(await ask(host, ["get", "t:view.home"])).toEqual([
      {
        value: {
          id: "t:view.home",
          kind: "registry.entry",
          meta: { type: "view", tags: ["admin", "main"], order: 2, a: { b: { c: "deep" } } },
          data: { title: "Home", secret: `\${env:PASSWORD}`, list: [1, { x: true }] },
        },
      },
    ]);
  });

  it("answers NOT_FOUND for an entry that is not there, INVALID for what is no id", async () => {
    expect(await ask(host, ["get", "t:nothing"], ["get", "menu"], ["get", ""], ["get", 5], ["get", "t:"])).toEqual([
      refusal("NOT_FOUND", "entry not found: t:nothing"),
      refusal("INVALID", "namespace required in entry ID"),
      refusal("INVALID", 'entry ID must be text that is not empty, not ""'),
      refusal("INVALID", "entry ID must be text that is not empty, not a number"),
      refusal("INVALID", "name required in entry ID"),
    ]);
  });

  it("finds entries by kind and metadata, in the order of the files", async () => {
    expect(await found({ ".kind": "registry.entry", "meta.type": "view" }, host)).toEqual(["view.home", "view.list"]);
    expect(await found({ kind: "nothing.such" }, host)).toEqual([]);
  });

  it("parses an id at its first colon", async () => {
    expect(await ask(host, ["parse_id", "a.b:c:d"], ["parse_id", "plain"], ["parse_id", ":x"], ["parse_id"])).toEqual([
      { value: { ns: "a.b", name: "c:d" } },
      { value: { ns: "", name: "plain" } },
      { value: { ns: "", name: "x" } },
      refusal("INVALID", "entry ID must be text that is not empty, not nil"),
    ]);
  });
});

describe("a filter", () => {
  it.each([
    [{ kind: "registry.entry" }, ["view.home", "view.list", "menu"]],
    [{ ".ns": "t", ".name": "view.*" }, ["view.home", "view.list"]],
    [{ namespace: "t", ".kind": "env.*" }, ["env", "password"]],
    [{ ".id": "*:m*" }, ["memory", "menu"]],
    [{ ".name": "*e*m*" }, ["memory", "view.home", "temporal"]],
    [{ ".name": "view.home*home" }, []],
    [{ ns: "other" }, []],
    [{ "meta.tags": "admin" }, ["view.home"]],
    [{ "meta.tags": ["main", "admin"] }, ["view.home"]],
    [{ "meta.tags": ["main"] }, ["view.home", "view.list"]],
    [{ "meta.order": 10 }, ["view.list"]],
    [{ "meta.order": "10" }, []],
    [{ "meta.hidden": false }, ["view.list"]],
    [{ "meta.a.b.c": "deep" }, ["view.home"]],
    [{ "meta.a.b": "flat" }, ["view.list"]],
    [{ "meta.a": { b: { c: "deep" } } }, ["view.home"]],
    [{ "^meta.type": "vi" }, ["view.home", "view.list"]],
    [{ "$meta.type": "nu" }, ["menu"]],
    [{ "*meta.type": "e" }, ["view.home", "view.list", "menu"]],
    [{ "*meta.order": "1" }, []],
    [{ "meta.type": "view", ".name": "menu" }, []],
  ])("%j finds %j", async (filter, ids) => expect(await found(filter)).toEqual(ids));

  it("without conditions finds every entry", async () => {
    expect((await found({})).length).toBe(10);
  });

  it.each([
    [{ type: "view" }, 'filter has "type"; use .kind'],
    [{ "data.title": "Home" }, 'filter has "data.title"; use .kind'],
    [{ "~meta.type": "v.*" }, 'filter has "~meta.type"; use .kind'],
    [{ "meta.": "x" }, 'filter has "meta."; use .kind'],
    [{ ".kind": 5 }, 'filter ".kind" must be text'],
    [{ "^meta.type": true }, 'filter "^meta.type" must be text'],
  ])("%j is INVALID", async (filter, message) => {
    expect(await ask("t:memory", ["find", filter])).toEqual([refusal("INVALID", expect.stringContaining(message))]);
  });

  it("must be a table", async () => {
    expect(await ask("t:memory", ["find"], ["find", "view"])).toEqual([
      refusal("INVALID", "filter must be a table"),
      refusal("INVALID", "filter must be a table"),
    ]);
  });
});

describe("the registry", () => {
  it("shows no secret: placeholders are not filled in, and what holds one is left out", async () => {
    const everything = JSON.stringify(await ask("t:memory", ["find", {}], ["get", "t:temporal"], ["get", "t:cache"]));
    expect(everything).not.toContain("hunter2");
    expect(everything).toContain("redis://ann:***@127.0.0.1:1/0");
    expect(await ask("t:memory", ["get", "t:temporal"], ["get", "t:env"])).toEqual([
      { value: { id: "t:temporal", kind: "temporal.client", meta: [], data: { address: "127.0.0.1:1" } } },
      { value: { id: "t:env", kind: "env.storage.static", meta: [], data: [] } },
    ]);
  });

  it("is not for workflows", async () => {
    const flow = `
  - {name: h, kind: process.host, journal: {driver: lmdb, path: x}}
  - {name: f, kind: workflow.lua, source: "return {}", modules: [registry], meta: {temporal: {workflow: {worker: h}}}}
`;
    expect((await problemsIn(flow)).join()).toContain("a workflow cannot load registry, which does I/O");
  });
});
