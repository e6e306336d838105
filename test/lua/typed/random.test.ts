import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { stripTypes } from "../../../lua/typed/strip.js";
import { forSeeds, Random } from "../../support/random.js";
import { openWorld } from "../engine-support.js";
import { ProgramGenerator } from "./generator.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const luaFiles = ["test", "examples"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".lua"))
    .map((name) => join(root, folder, name)),
);

describe("programs", () => {
  it("of our own that have no types stay as they are", () => {
    expect(luaFiles.length).toBeGreaterThan(20);
    for (const file of luaFiles) {
      const text = readFileSync(file, "utf8");
      expect(stripTypes(text), file).toEqual({ kind: "lua", text });
    }
  });

  it("without types stay as they are", () => {
    forSeeds(400, (seed) => {
      const { typed } = new ProgramGenerator(new Random(seed), false).program();
      expect(stripTypes(typed)).toEqual({ kind: "lua", text: typed });
    });
  });

  it("with types lose them, and compile", () => {
    const { engine } = openWorld();
    forSeeds(800, (seed) => {
      const { typed, plain } = new ProgramGenerator(new Random(seed), true).program();
      const stripped = stripTypes(typed);
      if (stripped.kind === "malformed") throw new Error(`${stripped.message}: ${typed}`);
      expect(stripped.text).toBe(plain);
      const compiled = engine.compile(plain, "p");
      if (compiled.kind === "error" && !/outside a vararg/.test(compiled.message)) {
        throw new Error(`${compiled.message}: ${plain}`);
      }
    });
  });

  it("that are damaged never break the walk: what comes out is text, or the place of an annotation", () => {
    const { engine, internalErrors } = openWorld();
    forSeeds(800, (seed) => {
      const random = new Random(seed);
      const text = damaged(new ProgramGenerator(random, true).program().typed, random);
      const stripped = stripTypes(text);
      if (stripped.kind === "malformed") {
        expect(stripped.line).toBeGreaterThan(0);
        expect(stripped.column).toBeGreaterThan(0);
        return;
      }
      expect(stripped.text.length).toBe(text.length);
      const compiled = engine.compile(stripped.text, "p.lua");
      if (compiled.kind === "error") expect(compiled.message).toMatch(/^p\.lua:\d+: /);
      expect(internalErrors).toEqual([]);
    });
  });
});

const scraps = [
  ..."()[]{}<>:;,.=|&?-'\"\\#\n\u0000\u00e9",
  "::",
  "as",
  "type X =",
  "end",
  "function",
  "[[",
  "--[[",
  "<<",
  "...",
];

function damaged(text: string, random: Random): string {
  let result = text;
  for (let i = 1 + random.below(4); i > 0; i--) {
    const at = random.below(result.length);
    const end = random.chance(0.5) ? at : Math.min(result.length, at + 1 + random.below(6));
    result = result.slice(0, at) + (random.chance(0.7) ? random.pick(scraps) : "") + result.slice(end);
  }
  return result;
}
