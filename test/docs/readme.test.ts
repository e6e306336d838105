/** The README's own example, as written there: in memory, and with the counter made durable by the lines that it shows. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bootApp, loadApp } from "../../app/index.js";
import { describeTemporal, temporalAddress, uniqueQueue } from "../support/temporal.js";

const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");

function block(after: string): string {
  const found = readme.slice(readme.indexOf(after)).match(/```\w+\n([\s\S]*?)```/)?.[1];
  if (found === undefined) throw new Error(`README has no code block after ${after}`);
  return found;
}

async function runHello(yaml: string, main: string): Promise<unknown> {
  const dir = await mkdtemp(join(tmpdir(), "perdure-readme-"));
  await writeFile(join(dir, "_index.yaml"), yaml);
  await writeFile(join(dir, "counter.lua"), block("`hello/counter.lua`:"));
  await writeFile(join(dir, "main.lua"), main);
  const app = await bootApp(await loadApp(dir));
  try {
    return await app.run("hello:main", []);
  } finally {
    await app.stop();
    await rm(dir, { recursive: true });
  }
}

const memory = block("`hello/_index.yaml`:");
const mainLua = block("`hello/main.lua`:");
const printed = JSON.parse(/prints `(.*?)`/.exec(readme)![1]!) as unknown;

describe("the README's example", () => {
  it("prints what the README says", async () => {
    expect(await runHello(memory, mainLua)).toEqual({ ok: true, value: printed });
  });
});

describe("the README's durable counter", () => {
  it("needs one line more, and no other Lua", async () => {
    const host = block("**To make it durable**");
    expect(memory).toContain("  - name: processes\n    kind: process.host\n");
    const durable = memory.replace("  - name: processes\n    kind: process.host\n", host);
    expect(await runHello(durable, mainLua)).toEqual({ ok: true, value: printed });
  });
});

describeTemporal("the README's workflow", () => {
  it("needs other YAML and another host in the spawn, and no other Lua", async () => {
    const durable = block("**Or as a Temporal workflow**")
      .replace("127.0.0.1:7233", temporalAddress())
      .replace(": hello\n", `: ${uniqueQueue("hello")}\n`);
    const withoutCounter = memory.replace(/ {2}- name: counter\n(?: {4}.*\n)+/, "");
    expect(mainLua).toContain('"hello:processes"');
    const result = await runHello(withoutCounter + durable, mainLua.replace('"hello:processes"', '"hello:durable"'));
    expect(result).toEqual({ ok: true, value: printed });
  });
});
