// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of the configuration are written so
import { describe, expect, test } from "vitest";
import { entryFile, load, problemsOf } from "./fixtures/config/app.js";

const files = {
  "_index.yaml": entryFile(`
  - {name: client, kind: temporal.client, address: a, health_check: {enabled: true}}
  - name: flows
    kind: process.host
    meta: {owner: desk}
    journal: {driver: lmdb, path: a.mdb}
  - {name: flow, kind: workflow.lua, source: return 10, meta: {temporal: {workflow: {worker: flows}}}}
  - {name: os, kind: env.storage.os}
  - {name: url, kind: env.variable, variable: URL, storage: os}
`),
};

const entryOf = async (id: string, ...overrides: string[]) =>
  (await load(files, { overrides, env: { URL: "redis://db:1" } })).entries.get(id);
const problems = (...overrides: string[]) => problemsOf(files, { overrides });

describe("an override of an entry", () => {
  test("replaces its fields, and keeps its name and its meta", async () => {
    const flows = await entryOf("app:flows", "app:flows={kind: temporal.worker, client: client, task_queue: q}");
    expect(flows).toMatchObject({
      id: "app:flows",
      name: "flows",
      kind: "temporal.worker",
      client: "app:client",
      taskQueue: "q",
      meta: { owner: "desk" },
    });
    expect(await entryOf("app:flows", "app:flows={journal: {driver: redis}, meta: {a: 1}}")).toMatchObject({
      kind: "process.host",
      journal: { store: { driver: "redis" } },
      meta: { a: 1 },
    });
  });

  test("has placeholders like any entry", async () => {
    expect(await entryOf("app:flows", 'app:flows={journal: {driver: redis, url: "${env:URL}"}}')).toMatchObject({
      journal: { store: { url: "redis://db:1" } },
    });
  });

  test("is checked like any entry, with the option as the place", async () => {
    expect(await problems("app:flows={kind: temporal.worker, client: flow, task_queu: q}")).toEqual([
      '--override app:flows: app:flows: "client" names app:flow, which is a workflow.lua; it must be the id of a temporal.client',
      '--override app:flows: app:flows: missing "task_queue", which must be text',
      '--override app:flows: app:flows: unknown key "task_queu" (did you mean "task_queue"?); allowed keys: name, kind, meta, client, task_queue, worker_options, lifecycle',
    ]);
    expect(await problems("app:flows={kind: process.hots}")).toEqual([
      expect.stringMatching(
        /^--override app:flows: app:flows: unknown kind "process.hots" \(did you mean "process.host"/,
      ),
      expect.stringContaining("names app:flows, which is a process.hots"),
    ]);
  });

  test("leaves what it does not touch at its place in the file", async () => {
    expect(await problems("app:flows={}")).toEqual([
      '_index.yaml:8:94: app:flow: "meta.temporal.workflow.worker" names app:flows, which is a process.host that keeps its processes in memory; it must be the id of a temporal.worker, or of a process.host with a journal',
    ]);
  });

  test("must be of an entry that exists", async () => {
    expect(await problems("app:flws={kind: process.host}")).toEqual([
      '--override app:flws: there is no entry app:flws (did you mean "app:flows" or "app:flow"?)',
    ]);
  });

  test("must be a map, and cannot rename", async () => {
    expect(
      await problems("app:flows", "app:flows=memory", "app:flows={name: other}", "app:flows={a: ", "app:os={kind: 1}"),
    ).toEqual([
      "--override app:flows: write ns:name={field: value, ...} or ns:name:field=value, with a YAML value",
      "--override app:flows: the new fields must be a YAML map such as {kind: process.host}",
      '--override app:flows: the name of an entry cannot be changed; remove "name"',
      expect.stringMatching(/^--override app:flows: YAML syntax: /),
      "--override app:os: kind must be text such as process.host",
    ]);
  });
});

describe("an override of a field", () => {
  test("sets it, as YAML, also inside maps that are not there yet", async () => {
    const flows = await entryOf(
      "app:flows",
      "app:flows:journal.path=b=c.mdb",
      "app:flows:journal.sync=false",
      "app:flows:journal.history={continue_at: 5}",
      "app:flows:host.max_processes=9",
    );
    expect(flows).toMatchObject({
      maxProcesses: 9,
      journal: { store: { path: "b=c.mdb", sync: false }, continueAt: 5 },
      meta: { owner: "desk" },
    });
  });

  test("removes it when the value is empty", async () => {
    expect(await entryOf("app:client", "app:client:health_check=")).toMatchObject({ healthCheck: { enabled: false } });
  });

  test("comes after those before it", async () => {
    const flows = await entryOf("app:flows", "app:flows={journal: {driver: redis}}", "app:flows:journal.wait=2");
    expect(flows).toMatchObject({ journal: { store: { driver: "redis", wait: 2 } } });
  });

  test("is checked like any field, with the option as the place of what it set", async () => {
    expect(await problems("app:flows:journal.catch_up=al", "app:client:addres=b")).toEqual([
      '--override app:client:addres: app:client: unknown key "addres" (did you mean "address"?); allowed keys: name, kind, meta, address, namespace, tq_prefix, connection_timeout, keep_alive_time, keep_alive_timeout, auth, tls, health_check, lifecycle',
      '--override app:flows:journal.catch_up: app:flows: "journal.catch_up" must be one of one, skip, not the text "al"',
    ]);
  });

  test("cannot rename, nor reach into what is no map", async () => {
    expect(await problems("app:flows:name=x", "app:client:address.host=x", "app:flows:kind=")).toEqual([
      '--override app:client:address.host: "address" is not a map in which a field could be set',
      "--override app:flows:kind: kind must be text such as process.host",
      "--override app:flows:name: the name of an entry cannot be changed",
    ]);
  });
});
