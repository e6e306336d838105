/** The examples of docs/supervision.md, as written there. */
import { readFile } from "node:fs/promises";
import ts from "typescript";
import { afterEach, describe, expect, it } from "vitest";
import { type Pid, parsePid } from "../../mailbox/index.js";
import * as supervision from "../../supervision/index.js";
import { TestApp } from "../support/app.js";
import { runTree } from "../support/lua-tree.js";
import { Tree } from "../support/tree.js";

const page = await readFile(new URL("../../docs/supervision.md", import.meta.url), "utf8");

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  if (found === undefined) throw new Error(`the page has no block of ${language}`);
  return found;
}

const apps: TestApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

const waiter = `return function() process.events():receive() end`;

describe("the page about supervision", () => {
  it("has a tree in YAML that starts", async () => {
    const entries = ["cache", "desk", "reader", "writer"].map(
      (name) => `  - {name: ${name}, kind: process.lua, source: "file://waiter.lua", modules: [process]}\n`,
    );
    const yaml = `namespace: app\nentries:\n  - {name: processes, kind: process.host}\n${entries.join("")}${block("yaml")}`;
    const app = await TestApp.boot({ "_index.yaml": yaml, "waiter.lua": waiter });
    apps.push(app);
    const found = await app.client.request({ kind: "lookup", name: "app:tree" });
    const tree = parsePid(String(found.ok ? found.value : "")) as Pid;
    expect(await supervision.countChildren(app.client, tree)).toEqual({
      specs: 3,
      active: 3,
      supervisors: 1,
      workers: 2,
    });
  });

  it("has a tree in Lua that starts", () => {
    const lua = block("lua").replace('local supervisor = require("supervisor")', "");
    const { outcome } = runTree(
      `return function()\n${lua}\nreturn {err == nil, supervisor.count_children("desks").active}\nend`,
      {
        "app:cache": waiter,
        "app:desk": waiter,
      },
    );
    expect(outcome).toEqual({ ok: true, value: [true, 2] });
  });

  it("has a tree in TypeScript that starts", async () => {
    const code = block("ts").replace(/^import (\{.*\}) from "perdure\/supervision";$/m, "const $1 = supervision;");
    const { outputText } = ts.transpileModule(code.replace("app:processes", "test:host"), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
    });
    const tree = new Tree();
    const lines: string[] = [];
    const log = (...words: unknown[]) => lines.push(words.join(" "));
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
      ...texts: string[]
    ) => (...values: unknown[]) => Promise<void>;
    const run = new AsyncFunction("client", "supervision", "console", outputText);
    await tree.now(run(tree.client, supervision, { log }));
    expect(lines).toEqual(["a running", "b running"]);
  });
});
