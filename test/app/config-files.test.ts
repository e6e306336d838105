import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError, entriesOfKind, loadApp } from "../../app/entries.js";
import { entryFile, load, problemsOf, writeApp } from "./fixtures/config/app.js";

const note = (name: string) => entryFile(`  - {name: ${name}, kind: registry.entry}\n`);

async function failure(promise: Promise<unknown>): Promise<ConfigError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error(`expected a ConfigError, got ${String(error)}`);
  return error;
}

describe("finding entry files", () => {
  test("only src is read when there is one", async () => {
    const config = await load({ "src/a/_index.yaml": note("inside"), "_index.yaml": note("outside") });
    expect([...config.entries.keys()]).toEqual(["app:inside"]);
  });

  test("without src every YAML file below the app is read, but no dot file, dot folder or node_modules", async () => {
    const config = await load({
      "one.yaml": note("one"),
      "deep/two.yml": note("two"),
      "node_modules/x/three.yaml": note("three"),
      ".git/four.yaml": note("four"),
      ".hidden.yaml": note("five"),
      "wippy.lock": "directories: {src: ./src}",
      "notes.txt": "not yaml: [",
    });
    expect([...config.entries.keys()].sort()).toEqual(["app:one", "app:two"]);
  });

  test("a missing directory, a file and an app without entries are told apart", async () => {
    const dir = await writeApp({ "file.yaml": "", "empty/readme.md": "" });
    expect((await failure(loadApp(join(dir, "nowhere")))).message).toContain("nowhere: no such directory");
    expect((await failure(loadApp(join(dir, "file.yaml")))).message).toContain("file.yaml: this is a file");
    expect((await failure(loadApp(join(dir, "empty")))).message).toContain("no .yaml or .yml file");
    expect((await failure(loadApp(dir))).message).toContain("only empty YAML files");
  });

  test("problems name the file as the user typed the directory", async () => {
    const dir = await writeApp({ "src/_index.yaml": "namespace: app\nentries: 3\n" });
    const typed = relative(process.cwd(), dir);
    const error = await failure(loadApp(typed));
    expect(error.problems).toEqual([
      {
        file: join(typed, "src/_index.yaml"),
        line: 2,
        column: 10,
        message: "entries must be a list; start each entry with `- name:`",
      },
    ]);
    expect(error.stack).toBe(`ConfigError: ${error.message}`);
  });
});

describe("the shape of a file", () => {
  test("a single entry may stand at the top of a file", async () => {
    const config = await load({ "host.yaml": 'version: "1.0"\nnamespace: a.b\nname: pool\nkind: process.host\n' });
    const [host] = entriesOfKind(config, "process.host");
    expect(host).toMatchObject({ id: "a.b:pool", namespace: "a.b", name: "pool", kind: "process.host" });
    expect(host?.position).toMatchObject({ line: 1, column: 1 });
  });

  test("a name may contain dots, and a namespace must be dot separated words", async () => {
    const config = await load({ "_index.yaml": note("api.public") });
    expect([...config.entries.keys()]).toEqual(["app:api.public"]);
    expect(await problemsOf({ "_index.yaml": "namespace: a..b\nentries: []\n" })).toEqual([
      '_index.yaml:1:12: namespace must be dot separated words such as app.orders, not "a..b"',
    ]);
  });

  test("YAML syntax errors have a line and a column", async () => {
    const lines = await problemsOf({ "_index.yaml": 'namespace: app\nentries:\n  - name: "open\n' });
    expect(lines[0]).toMatch(/^_index\.yaml:\d+:\d+: YAML syntax: /);
    expect(await problemsOf({ "_index.yaml": "namespace: app\nnamespace: b\nentries: []\n" })).toEqual([
      "_index.yaml:2:1: YAML syntax: Map keys must be unique",
    ]);
    expect(await problemsOf({ "_index.yaml": "namespace: app\nentries: *list\n" })).toEqual([
      "_index.yaml:2:10: YAML alias *list has no anchor &list before it",
    ]);
  });

  test("anchors, aliases and merge keys work, and keep positions", async () => {
    const config = await load({
      "_index.yaml": entryFile(`
  - {name: a, kind: process.host, host: &limits {queue_size: 7}}
  - {name: b, kind: process.host, host: {<<: *limits, max_processes: 3}}
`),
    });
    expect(config.entries.get("app:b")).toMatchObject({ queueSize: 7, maxProcesses: 3 });
    const bad = entryFile(
      "  - {name: a, kind: process.host, host: &h {queue_size: no}}\n  - {name: b, kind: process.host, host: *h}\n",
    );
    expect((await problemsOf({ "_index.yaml": bad })).map((line) => line.split(": app")[0])).toEqual([
      "_index.yaml:3:57",
      "_index.yaml:3:57",
    ]);
  });

  test("missing and malformed parts are all reported, each where it is", async () => {
    const text = `version: 2
namespce: app
entries:
  - kind: process.host
  - name: x y
    kind: process.host
  - text
  - name: ok
`;
    expect(await problemsOf({ "_index.yaml": text })).toEqual([
      "_index.yaml:1:1: missing namespace: dot separated words such as app.orders",
      '_index.yaml:1:10: version must be "1.0", not 2',
      '_index.yaml:2:1: unknown key "namespce" (did you mean "namespace"?); an entry file has version, namespace, entries, or is one entry with name and kind',
      "_index.yaml:4:5: missing name: the entry's id is namespace:name",
      '_index.yaml:5:11: name must be letters, digits and . _ - such as order_desk, not "x y"',
      "_index.yaml:7:5: an entry must be a map with name, kind and the fields of its kind",
      "_index.yaml:8:5: missing kind, such as process.lua",
    ]);
  });

  test("an id used twice names both places", async () => {
    const lines = await problemsOf({ "a.yaml": note("x"), "b.yaml": note("x") });
    expect(lines).toEqual([
      "b.yaml:3:12: app:x: the id is already taken by the entry at a.yaml:3:5; give one of them another name",
    ]);
  });

  test("an unknown kind lists the kinds", async () => {
    const [unknown] = await problemsOf({
      "_index.yaml": entryFile("  - {name: a, kind: proces.host}\n"),
    });
    expect(unknown).toContain(
      '_index.yaml:3:21: app:a: unknown kind "proces.host" (did you mean "process.host"?); kinds: function.lua',
    );
  });

  test("a file that cannot be parsed does not make references to it wrong", async () => {
    const lines = await problemsOf({
      "a.yaml": entryFile("  - {name: s, kind: process.service, process: p, host: h, hots: 1}\n"),
      "b.yaml": "namespace: [",
    });
    expect(lines.filter((line) => line.includes("does not exist"))).toEqual([]);
    expect(lines.some((line) => line.startsWith("b.yaml:"))).toBe(true);
    expect(lines.some((line) => line.startsWith("a.yaml:3:59: app:s: unknown key"))).toBe(true);
  });
});

describe("Lua sources", () => {
  const entry = (source: string) =>
    entryFile(`  - name: f\n    kind: function.lua\n    method: run\n    source: ${source}\n`);

  test("a file is read relative to its YAML file and named below the app", async () => {
    const config = await load({
      "src/orders/_index.yaml": entry("file://lua/f.lua"),
      "src/orders/lua/f.lua": "return {}",
    });
    expect(config.entries.get("app:f")).toMatchObject({
      source: "return {}",
      sourceName: "src/orders/lua/f.lua",
      lineOffset: 0,
    });
  });

  test("inline text is named by file and id, and knows how many lines come before it", async () => {
    const block = await load({ "src/_index.yaml": entry("|\n      local a = 1\n      return {}\n") });
    expect(block.entries.get("app:f")).toMatchObject({
      source: "local a = 1\nreturn {}\n",
      sourceName: "src/_index.yaml:app:f",
      lineOffset: 6,
    });
    const plain = await load({ "src/_index.yaml": entry("return {}") });
    expect(plain.entries.get("app:f")).toMatchObject({ source: "return {}", lineOffset: 5 });
  });

  test("missing, unreadable and outside files are reported at the field", async () => {
    expect(await problemsOf({ "_index.yaml": entry("file://no.lua") })).toEqual([
      '_index.yaml:6:13: app:f: "source" names the file no.lua, but it does not exist; the path is relative to this YAML file',
    ]);
    expect(await problemsOf({ "_index.yaml": entry("file://dir"), "dir/x.lua": "" })).toEqual([
      '_index.yaml:6:13: app:f: "source" names the file dir, but it is a directory; the path is relative to this YAML file',
    ]);
    expect(await problemsOf({ "_index.yaml": entry("file://../../x.lua") })).toEqual([
      '_index.yaml:6:13: app:f: "source" names the file ../../x.lua, but it is outside the app directory; sources must be inside',
    ]);
  });

  test("a symbolic link does not lead out of the app", async () => {
    const dir = await writeApp({ "app/_index.yaml": entry("file://link.lua"), "secret.lua": "return {}" });
    await symlink(join(dir, "secret.lua"), join(dir, "app/link.lua"));
    expect((await failure(loadApp(join(dir, "app")))).message).toContain("it is outside the app directory");
  });

  test("source must be there and not empty", async () => {
    expect(await problemsOf({ "_index.yaml": entryFile("  - {name: f, kind: library.lua}\n") })).toEqual([
      '_index.yaml:3:5: app:f: missing "source", which must be text',
    ]);
    expect(await problemsOf({ "_index.yaml": entry('"  "') })).toEqual([
      '_index.yaml:6:13: app:f: "source" must be Lua text or file://path.lua, not empty',
    ]);
  });
});

describe("runtime settings", () => {
  test(".perdure.yaml wins over .wippy.yaml, and both are optional", async () => {
    const entries = { "src/_index.yaml": note("x") };
    expect((await load(entries)).runtime).toEqual({
      logEncoding: undefined,
      minLevel: undefined,
      shutdownTimeoutMs: 30_000,
    });
    const dir = await writeApp({ ...entries, ".wippy.yaml": "logger: {encoding: json}\nshutdown: {timeout: 5s}\n" });
    expect((await loadApp(dir)).runtime).toMatchObject({ logEncoding: "json", shutdownTimeoutMs: 5000 });
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, ".perdure.yaml"), "logmanager: {min_level: -1}\n");
    expect((await loadApp(dir)).runtime).toEqual({ logEncoding: undefined, minLevel: -1, shutdownTimeoutMs: 30_000 });
  });

  test("wrong values are problems, unread keys are warnings", async () => {
    const entries = { "src/_index.yaml": note("x") };
    expect(
      await problemsOf({
        ...entries,
        ".perdure.yaml": "logger: {encoding: xml}\nshutdown: {timeout: soon}\nlogmanager: 3\n",
      }),
    ).toEqual([
      '.perdure.yaml:1:20: "logger.encoding" must be console or json, not "xml"',
      '.perdure.yaml:2:21: "shutdown.timeout" must be a duration such as "30s", or a number of milliseconds, not "soon"',
      '.perdure.yaml:3:13: "logmanager" must be a map with min_level',
    ]);
    const config = await load({ ...entries, ".wippy.yaml": "shutdwn: {}\nlogger: {level: 1}\n" });
    expect(config.warnings.map((warning) => `${warning.line}:${warning.column}: ${warning.message}`)).toEqual([
      '1:1: "shutdwn" is not read by this version (did you mean "shutdown"?); it reads logger, logmanager, shutdown',
      '2:10: "logger.level" is not read by this version; it reads encoding',
    ]);
  });
});
