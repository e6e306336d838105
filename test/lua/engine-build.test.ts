import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL("../../dist/fengari/", import.meta.url));
const script = fileURLToPath(new URL("../../scripts/patch-fengari.mjs", import.meta.url));

describe("the built engine", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".js"));

  it.each(files)("%s reaches nothing outside of its folder, no chance and no clock", (name) => {
    const code = readFileSync(`${folder}${name}`, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    const required = [...code.matchAll(/require\(["']([^"']+)["']\)/g)].map((match) => match[1]);
    for (const path of required) expect(path).toMatch(/^\.\/\w+\.js$/);
    for (const path of required) expect(files).toContain(path?.slice(2));
    expect(code).not.toMatch(
      /\bprocess\b|\bBuffer\b|Math\.random|\bDate\b|\bconsole\b|XMLHttpRequest|\beval\b|new Function/,
    );
  });

  it("has a label for each opcode that is the opcode's number", () => {
    const { OpCodes } = createRequire(import.meta.url)("#fengari/lopcodes.js") as { readonly OpCodes: string[] };
    const machine = readFileSync(`${folder}lvm.js`, "utf8");
    const labels = [...machine.matchAll(/case (\d+): \{ \/\* ([A-Z]+) \*\//g)].map((match) => [
      match[2],
      Number(match[1]),
    ]);
    expect(labels.sort((a, b) => Number(a[1]) - Number(b[1]))).toEqual(OpCodes.map((name, number) => [name, number]));
  });

  it("has its licence beside it and is built once", () => {
    expect(readFileSync(`${folder}LICENSE`, "utf8")).toMatch(/MIT License/);
    expect(execFileSync(process.execPath, [script], { encoding: "utf8" })).toBe("fengari: up to date\n");
  });
});
