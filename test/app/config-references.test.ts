// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of the configuration are written so
import { describe, expect, test } from "vitest";
import { startOrder } from "../../app/entries.js";
import { entryFile, load, loadEntries, problemsIn, problemsOf } from "./fixtures/config/app.js";

describe("references", () => {
  const parts = `
  - {name: pool, kind: process.host}
  - {name: desk, kind: process.lua, source: return 10}
`;

  test("a target that does not exist is named, with near matches of a fitting kind", async () => {
    expect(await problemsIn(`${parts}  - {name: s, kind: process.service, process: dsk, host: pol}\n`)).toEqual([
      '5:47: app:s: "process" names app:dsk, which does not exist; it must be the id of a process.lua (did you mean "app:desk"?)',
      '5:58: app:s: "host" names app:pol, which does not exist; it must be the id of a process.host (did you mean "app:pool"?)',
    ]);
  });

  test("a target of another kind is named with its kind", async () => {
    expect(await problemsIn(`${parts}  - {name: s, kind: process.service, process: pool, host: desk}\n`)).toEqual([
      '5:47: app:s: "process" names app:pool, which is a process.host; it must be the id of a process.lua',
      '5:59: app:s: "host" names app:desk, which is a process.lua; it must be the id of a process.host',
    ]);
  });

  test("a bare name is of the own namespace; the same name elsewhere is suggested", async () => {
    const lines = await problemsOf({
      "a.yaml": entryFile("  - {name: pool, kind: process.host}\n"),
      "b.yaml":
        "namespace: shop\nentries:\n  - {name: p, kind: process.lua, source: return 10, meta: {default_host: pool}}\n",
    });
    expect(lines).toEqual([
      'b.yaml:3:74: shop:p: "meta.default_host" names shop:pool, which does not exist; it must be the id of a process.host (did you mean "app:pool"?)',
    ]);
  });

  test("the internal host is refused", async () => {
    const [line] = await problemsIn(
      `${parts}  - {name: s, kind: process.service, process: desk, host: "node:control"}\n`,
    );
    expect(line).toContain('5:59: app:s: "host" names node:control, which does not exist');
  });

  test("one entry's bad reference and bad field are both reported", async () => {
    expect(await problemsIn("  - {name: w, kind: temporal.worker, client: nope, task_queue: 3}\n")).toEqual([
      '3:46: app:w: "client" names app:nope, which does not exist; it must be the id of a temporal.client',
      '3:64: app:w: "task_queue" must be text, not 3',
    ]);
  });

  test("items of lists are placed one by one", async () => {
    expect(
      await problemsIn(
        "  - name: h\n    kind: process.host\n    lifecycle:\n      depends_on:\n        - h2\n        - gone\n  - {name: h2, kind: process.host}\n",
      ),
    ).toEqual([
      '8:11: app:h: "lifecycle.depends_on[1]" names app:gone, which does not exist; it must be the id of an entry',
    ]);
  });
});

describe("the order of starting", () => {
  test("levels follow explicit and extracted dependencies", async () => {
    const config = await loadEntries(`
  - {name: e, kind: http.endpoint, func: f, method: GET, path: /, meta: {router: r}}
  - {name: f, kind: function.lua, source: return 10, method: run}
  - {name: r, kind: http.router, meta: {server: web}}
  - {name: web, kind: http.service, addr: ":0", lifecycle: {requires: [run]}}
  - {name: run, kind: process.service, process: p, host: h, lifecycle: {depends_on: [w]}}
  - {name: p, kind: process.lua, source: return 10}
  - {name: h, kind: process.host}
  - {name: w, kind: temporal.worker, client: c, task_queue: q}
  - {name: c, kind: temporal.client, address: a}
`);
    const expected = [["app:c", "app:f", "app:h", "app:p"], ["app:w"], ["app:run"], ["app:web"], ["app:r"], ["app:e"]];
    expect(config.order).toEqual(expected);
    expect(startOrder(config)).toEqual(expected);
    expect(config.dependencies.get("app:run")).toEqual(["app:p", "app:h", "app:w"]);
  });

  test("a cycle names the chain", async () => {
    expect(
      await problemsIn(`
  - {name: a, kind: process.host, lifecycle: {requires: [b]}}
  - {name: b, kind: process.host, lifecycle: {requires: [c]}}
  - {name: c, kind: process.host, lifecycle: {depends_on: [b]}}
`),
    ).toEqual([
      "4:5: app:b: these entries wait for each other to start: app:b -> app:c -> app:b; remove one of the references",
    ]);
  });
});

describe("placeholders", () => {
  const env = `
  - {name: os, kind: env.storage.os}
  - {name: fixed, kind: env.storage.static, values: {REGION: eu, PORT: 9000, secret: s3}}
  - {name: file, kind: env.storage.file, file_path: config/.env}
  - {name: memory, kind: env.storage.memory}
  - {name: any, kind: env.storage.router, storages: [memory, file, fixed]}
  - {name: home, kind: env.variable, variable: HOST_NAME, storage: os, default: fallback}
  - {name: region, kind: env.variable, variable: REGION, storage: any}
  - {name: port, kind: env.variable, variable: PORT, storage: any}
  - {name: secret, kind: env.variable, storage: fixed}
  - {name: unset, kind: env.variable, variable: UNSET, storage: memory}
`;
  const files = (data: string) => ({
    "_index.yaml": entryFile(`${env}  - name: r\n    kind: registry.entry\n    v: ${data}\n`),
    "config/.env": "# settings\nREGION='us'\nexport EXTRA=1\n",
  });
  const filled = async (data: string) => {
    const entry = (await load(files(data), { env: { HOST_NAME: "box", RAW: "never" } })).entries.get("app:r");
    return entry?.kind === "registry.entry" ? entry.data.v : undefined;
  };
  const problemOf = async (data: string) => problemsOf(files(data));

  test("are filled by public name, by id and by name in the namespace, through every storage", async () => {
    expect(await filled("${env:HOST_NAME}")).toBe("box");
    expect(await filled("${env:REGION}")).toBe("us");
    expect(await filled("${env:app:secret}")).toBe("s3");
    expect(await filled("${env:secret}")).toBe("s3");
    expect(await filled('"http://${env:HOST_NAME}:${PORT|1}/${env:region}"')).toBe("http://box:9000/us");
    expect(await filled('[{a: "${env:REGION}"}]')).toEqual([{ a: "us" }]);
  });

  test("a variable's default counts when its storage has none", async () => {
    const config = await load(files("${env:HOST_NAME}"), { env: {} });
    expect(config.entries.get("app:r")).toMatchObject({ data: { v: "fallback" } });
  });

  test("a whole-field placeholder has the type of its default", async () => {
    expect(await filled('"${env:PORT|8080}"')).toBe(9000);
    expect(await filled('"${PORT|8080}"')).toBe(9000);
    expect(await filled('"${env:UNSET|8080}"')).toBe(8080);
    expect(await filled('"${MISSING|true}"')).toBe(true);
    expect(await filled('"${MISSING|5s}"')).toBe("5s");
    expect(await filled('"${MISSING|}"')).toBe("");
    expect(await filled("${env:PORT}")).toBe("9000");
    expect(await problemOf('"${REGION|1}"')).toEqual([
      '_index.yaml:15:8: app:r: "v" must be a number like its default 1, not "us"',
    ]);
  });

  test("the escape and other dollar signs stay text", async () => {
    expect(await filled('"$${env:REGION}"')).toBe("${env:REGION}");
    expect(await filled('"${lower} $5"')).toBe("${lower} $5");
  });

  test("Lua text is never touched", async () => {
    const config = await loadEntries("  - {name: p, kind: process.lua, source: 'return \"${env:NOPE}\"'}\n");
    expect(config.entries.get("app:p")).toMatchObject({ source: 'return "${env:NOPE}"' });
  });

  test("the process environment is not read past a variable", async () => {
    expect(await filled('"${env:RAW|kept}"')).toBe("kept");
  });

  test("what stays unresolved is an error at its place", async () => {
    expect(await problemOf('["${env:UNSET}"]')).toEqual([
      '_index.yaml:15:9: app:r: "v[0]" has ${env:UNSET}; the variable app:unset is not set; set it or give it a default: ${env:UNSET|default}',
    ]);
    expect(await problemOf("${env:REGIN}")).toEqual([
      '_index.yaml:15:8: app:r: "v" has ${env:REGIN}; no env.variable entry has that public name or id (did you mean REGION?); add one or give it a default: ${env:REGIN|default}',
    ]);
    expect(await problemOf("${REGION}")).toEqual([
      '_index.yaml:15:8: app:r: "v" has ${REGION}; write ${env:REGION}, ${REGION|default}, or $${REGION} for the text itself',
    ]);
  });

  test("fill fields of any kind before they are checked", async () => {
    const config = await load({
      ...files("1"),
      "web.yaml": 'namespace: web\nname: s\nkind: http.service\naddr: ":${env:PORT}"\n',
    });
    expect(config.entries.get("web:s")).toMatchObject({ addr: { host: undefined, port: 9000 } });
  });

  test("environment entries have none, unique public names, and files that exist", async () => {
    expect(
      await problemsIn(`
  - {name: s, kind: env.storage.static, values: {A: "\${env:B}"}}
  - {name: a, kind: env.variable, variable: A, storage: s}
  - {name: b, kind: env.variable, variable: A, storage: s}
  - {name: f, kind: env.storage.file, file_path: gone.env}
  - {name: r, kind: registry.entry, v: "\${env:A}"}
`),
    ).toEqual([
      '3:53: app:s: "values.A" has a placeholder; env entries are read before placeholders are filled, write the value itself',
      "5:5: app:b: the public name A is already taken by app:a; a name must be unique in the app",
      "6:5: app:f: cannot read gone.env: it does not exist; create the file or set auto_create: true",
    ]);
  });
});
