/** The module `env` and its service, on the storages of an app, in memory and on a journal. */
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ModuleApp, type ModuleHost, moduleHosts, refusal } from "../support/module-app.js";
import { loadEntries, problemsIn } from "./fixtures/config/app.js";

const entries = `
  - {name: os, kind: env.storage.os}
  - {name: fixed, kind: env.storage.static, values: {FIXED: 9000, SHADOWED: "of static"}}
  - {name: mem, kind: env.storage.memory}
  - {name: file, kind: env.storage.file, file_path: conf/app.env, auto_create: true, file_mode: "0600", dir_mode: "0700"}
  - {name: strict, kind: env.storage.file, file_path: strict.env}
  - {name: chain, kind: env.storage.router, storages: [mem, file, fixed]}
  - {name: frozen, kind: env.storage.router, storages: [os, mem]}
  - {name: home, kind: env.variable, variable: PERDURE_TEST_HOME, storage: os, default: nowhere}
  - {name: unset, kind: env.variable, variable: PERDURE_TEST_UNSET, storage: os}
  - {name: fixed_v, kind: env.variable, variable: FIXED, storage: fixed}
  - {name: mode, kind: env.variable, variable: MODE, storage: mem, default: quiet}
  - {name: lasting, kind: env.variable, variable: LASTING, storage: mem, default: "1", readonly: true}
  - {name: secret.key, kind: env.variable, storage: file, default: s3}
  - {name: saved, kind: env.variable, variable: SAVED, storage: file}
  - {name: shadowed, kind: env.variable, variable: SHADOWED, storage: chain}
  - {name: frozen_v, kind: env.variable, variable: FROZEN, storage: frozen, default: x}
  - {name: strict_v, kind: env.variable, variable: STRICT, storage: strict}
`;

let app: ModuleApp;
const ask = (host: ModuleHost, ...calls: readonly (readonly unknown[])[]) => app.call("env", host, ...calls);

beforeAll(async () => {
  process.env.PERDURE_TEST_HOME = "/home/ann";
  process.env.RAW_SYSTEM_SECRET = "never seen";
  app = await ModuleApp.boot("env", entries, { "strict.env": "STRICT=here\n" });
  await writeFile(join(app.dir, "strict.env"), "STRICT=here\n");
});
afterAll(() => app.stop());

describe.each(moduleHosts)("env on %s", (host) => {
  it("reads a variable by its public name and by the id of its entry", async () => {
    expect(await ask(host, ["get", "PERDURE_TEST_HOME"], ["get", "t:home"], ["get", "FIXED"])).toEqual([
      ...[{ value: "/home/ann" }, { value: "/home/ann" }, { value: "9000" }],
    ]);
  });

  it("reads a private variable by its id only", async () => {
    expect(await ask(host, ["get", "t:secret.key"], ["get", "secret.key"])).toEqual([
      { value: "s3" },
      refusal("NOT_FOUND", 'no env.variable entry has the public name or id "secret.key"'),
    ]);
  });

  it("answers NOT_FOUND for what no entry names, though the operating system has it", async () => {
    expect(await ask(host, ["get", "RAW_SYSTEM_SECRET"], ["get", "MODES"], ["get", "t:mem"])).toEqual([
      refusal("NOT_FOUND", 'no env.variable entry has the public name or id "RAW_SYSTEM_SECRET"'),
      refusal("NOT_FOUND", 'no env.variable entry has the public name or id "MODES" (did you mean MODE?)'),
      refusal("NOT_FOUND", 'no env.variable entry has the public name or id "t:mem"'),
    ]);
  });

  it("answers NOT_FOUND for a variable without a value and without a default", async () => {
    expect(await ask(host, ["get", "PERDURE_TEST_UNSET"])).toEqual([
      refusal("NOT_FOUND", "the variable t:unset is not set"),
    ]);
  });

  it("refuses a name that is empty or no text, and a value that is no text", async () => {
    expect(
      await ask(host, ["get", ""], ["get"], ["get", 5], ["set", "", "x"], ["set", "MODE"], ["set", "MODE", true]),
    ).toEqual([
      refusal("INVALID", 'variable name must be text that is not empty, not ""'),
      refusal("INVALID", "variable name must be text that is not empty, not nil"),
      refusal("INVALID", "variable name must be text that is not empty, not a number"),
      refusal("INVALID", 'variable name must be text that is not empty, not ""'),
      refusal("INVALID", "value must be text, not nil"),
      refusal("INVALID", "value must be text, not a boolean"),
    ]);
  });

  it("sets what others then read; a number becomes its text", async () => {
    expect(await ask(host, ["set", "MODE", "loud"], ["get", "t:mode"], ["set", "MODE", 7], ["get", "MODE"])).toEqual([
      ...[{ value: true }, { value: "loud" }, { value: true }, { value: "7" }],
    ]);
  });

  it("denies to set a read-only variable, and one whose storage is read-only", async () => {
    expect(
      await ask(
        ...([host, ["set", "LASTING", "2"], ["set", "FIXED", "1"], ["set", "FROZEN", "y"]] as const),
        ...([
          ["set", "PERDURE_TEST_HOME", "/"],
          ["get", "LASTING"],
        ] as const),
      ),
    ).toEqual([
      refusal("PERMISSION_DENIED", "the variable t:lasting is read-only"),
      refusal("PERMISSION_DENIED", "the storage t:fixed is read-only"),
      refusal("PERMISSION_DENIED", "the storage t:os is read-only"),
      refusal("PERMISSION_DENIED", "the storage t:os is read-only"),
      { value: "1" },
    ]);
    expect(process.env.PERDURE_TEST_HOME).toBe("/home/ann");
  });

  it("reads the first storage of a router that has it, and writes to the first", async () => {
    const value = `set on ${host}`;
    if (host === "t:memory") expect(await ask(host, ["get", "SHADOWED"])).toEqual([{ value: "of static" }]);
    expect(await ask(host, ["set", "SHADOWED", value], ["get", "SHADOWED"])).toEqual([{ value: true }, { value }]);
  });

  it("gives all public variables that have a value", async () => {
    await ask(host, ["set", "SAVED", "kept"]);
    expect(await ask(host, ["get_all"])).toEqual([
      {
        value: {
          ...{ PERDURE_TEST_HOME: "/home/ann", FIXED: "9000", MODE: "7", LASTING: "1", SAVED: "kept" },
          ...{ SHADOWED: expect.any(String), FROZEN: "x", STRICT: "here" },
        },
      },
    ]);
  });
});

describe("a file of variables", () => {
  const path = () => join(app.dir, "conf/app.env");
  const host = "t:memory";

  it("is created with its folder when the first value is set, with the modes of its entry", async () => {
    await rm(join(app.dir, "conf"), { recursive: true, force: true });
    expect(await ask(host, ["get", "SAVED"], ["set", "SAVED", "a b"], ["get", "SAVED"])).toEqual([
      refusal("NOT_FOUND", "the variable t:saved is not set"),
      ...[{ value: true }, { value: "a b" }],
    ]);
    expect(await readFile(path(), "utf8")).toBe("SAVED=a b\n");
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect((await stat(join(app.dir, "conf"))).mode & 0o777).toBe(0o700);
  });

  it("keeps comments, other lines, their order and its mode", async () => {
    await writeFile(path(), "# mine\nexport SAVED='old'\r\n\nOTHER = 1\nodd line");
    await chmod(path(), 0o640);
    await ask(host, ["set", "SAVED", "new"], ["set", "t:secret.key", "s4"]);
    expect(await readFile(path(), "utf8")).toBe("# mine\nexport SAVED=new\r\n\nOTHER = 1\nodd line\nsecret.key=s4\n");
    expect((await stat(path())).mode & 0o777).toBe(0o640);
  });

  it.each(["", " ", '"', "'a'", '"quoted"', "a=b#c", "  both ends ", "\u00fcml\u00e4ut", "$HOME\\n"])(
    "gives back %j as it was set",
    async (value) => {
      expect(await ask(host, ["set", "SAVED", value], ["get", "SAVED"])).toEqual([{ value: true }, { value }]);
    },
  );

  it("refuses a value with a line break", async () => {
    expect(await ask(host, ["set", "SAVED", "a\nMODE=b"])).toEqual([
      refusal("INVALID", "t:file is a file of lines: a value may not have a line break"),
    ]);
  });

  it("sees what somebody else wrote", async () => {
    await writeFile(path(), "SAVED=first\nSAVED=edited\n");
    expect(await ask(host, ["get", "SAVED"])).toEqual([{ value: "edited" }]);
  });

  it("loses nothing when many write at once, and leaves no other file behind", async () => {
    await rm(path());
    const names = ["SAVED", "t:secret.key"];
    const writes = Array.from({ length: 40 }, (_, i) => ask(moduleHosts[i % 2]!, ["set", names[i % 2]!, `${i}`]));
    expect((await Promise.all(writes)).flat()).toEqual(writes.map(() => ({ value: true })));
    expect((await readFile(path(), "utf8")).split("\n").length).toBe(3);
    expect(await readdir(join(app.dir, "conf"))).toEqual(["app.env"]);
  });

  it("that is a link stays one", async () => {
    await mkdir(join(app.dir, "real"), { recursive: true });
    await writeFile(join(app.dir, "real/app.env"), "SAVED=old\n");
    await rm(path());
    await symlink("../real/app.env", path());
    await ask(host, ["set", "SAVED", "through"]);
    expect(await readFile(join(app.dir, "real/app.env"), "utf8")).toBe("SAVED=through\n");
  });

  it("that may not be created is UNAVAILABLE while it is missing", async () => {
    await rm(join(app.dir, "strict.env"));
    const gone = (what: string) =>
      refusal("UNAVAILABLE", `t:strict: cannot ${what} strict.env: it does not exist`, true);
    expect(await ask(host, ["get", "STRICT"], ["set", "STRICT", "x"])).toEqual([gone("read"), gone("read")]);
    await writeFile(join(app.dir, "strict.env"), "");
    expect(await ask(host, ["set", "STRICT", "x"], ["get", "STRICT"])).toEqual([{ value: true }, { value: "x" }]);
  });
});

describe("the entries of env", () => {
  it("lead to a module that no workflow may use", async () => {
    const flow = `
  - {name: h, kind: process.host, journal: {driver: lmdb, path: x}}
  - {name: f, kind: workflow.lua, source: "return {}", modules: [env], meta: {temporal: {workflow: {worker: h}}}}
`;
    expect((await problemsIn(flow)).join()).toContain("a workflow cannot load env, which does I/O");
  });

  it("fill placeholders when the app is loaded, from files and defaults", async () => {
    const { entries: loaded } = await loadEntries(
      `${entries.replace(/.*strict.*\n/g, "")}  - {name: r, kind: registry.entry, a: "\${env:secret.key}", b: "\${env:MODE}"}\n`,
    );
    expect(loaded.get("app:r")).toMatchObject({ data: { a: "s3", b: "quiet" } });
  });
});
