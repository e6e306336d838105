// Builds dist/fengari: the needed files of the pinned fengari, with our patches applied. Each patch must match exactly as often as it says.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bytesPatches } from "./fengari-patches/bytes.mjs";
import { determinismPatches } from "./fengari-patches/determinism.mjs";
import { framesPatches } from "./fengari-patches/frames.mjs";
import { fuelPatches } from "./fengari-patches/fuel.mjs";
import { hostPatches } from "./fengari-patches/host.mjs";
import { integersPatches } from "./fengari-patches/integers.mjs";
import { iterationsPatches } from "./fengari-patches/iterations.mjs";
import { keysPatches } from "./fengari-patches/keys.mjs";
import { limitsPatches } from "./fengari-patches/limits.mjs";
import { machinePatches } from "./fengari-patches/machine.mjs";
import { numbersPatches } from "./fengari-patches/numbers.mjs";
import { operatorsPatches } from "./fengari-patches/operators.mjs";
import { readOnlyPatches } from "./fengari-patches/read-only.mjs";
import { stackPatches } from "./fengari-patches/stack.mjs";
import { stringsPatches } from "./fengari-patches/strings.mjs";
import { tablesPatches } from "./fengari-patches/tables.mjs";
import { yieldsPatches } from "./fengari-patches/yields.mjs";

const VERSION = "0.1.5";
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "dist", "fengari");
const patchFolder = join(root, "scripts", "fengari-patches");

// What lua, lauxlib and the five libraries reach; nothing here may reach a Node builtin.
const FILES = [
  ..."defs fengaricore lapi lauxlib lbaselib lcode ldebug ldo ldump lfunc ljstype llex llimits lmathlib lobject".split(
    " ",
  ),
  ..."lopcodes lparser lstate lstring lstrlib ltable ltablib ltm lua luaconf lundump lvm lzio".split(" "),
].map((name) => `${name}.js`);

const ADDED = {
  "index.js": "index.cjs",
  "perdure_table.js": "table.cjs",
  "perdure_number.js": "number.cjs",
  "perdure_format.js": "format.cjs",
};

const PATCHES = [
  ...hostPatches,
  ...numbersPatches,
  ...integersPatches,
  ...stringsPatches,
  ...readOnlyPatches,
  ...fuelPatches,
  ...limitsPatches,
  ...determinismPatches,
  ...yieldsPatches,
  ...framesPatches,
  ...stackPatches,
  ...operatorsPatches,
  ...machinePatches,
  ...tablesPatches,
  ...bytesPatches,
  ...keysPatches,
  ...iterationsPatches,
];

/** Position of `text`, which must occur `count` times. */
function first(source, text, patch, count = 1) {
  const found = source.split(text).length - 1;
  if (found !== count) {
    throw new Error(
      `fengari patch "${patch.name}" (${patch.file}): expected ${count} match(es), found ${found}: ${text.split("\n")[0]}`,
    );
  }
  return source.indexOf(text);
}

/** Once, unless the patch has a `count`. `until`, when given, ends the replaced region (exclusive). */
function apply(source, patch) {
  const start = first(source, patch.find, patch, patch.count);
  if (patch.count !== undefined) return source.replaceAll(patch.find, () => patch.replace);
  const end = patch.until === undefined ? start + patch.find.length : first(source, patch.until, patch);
  if (end <= start) throw new Error(`fengari patch "${patch.name}" (${patch.file}): its end comes before its start`);
  return source.slice(0, start) + patch.replace + source.slice(end);
}

function inputHash(packageFolder) {
  const hash = createHash("sha256");
  for (const name of FILES) hash.update(readFileSync(join(packageFolder, "src", name)));
  for (const name of readdirSync(patchFolder).sort()) hash.update(name).update(readFileSync(join(patchFolder, name)));
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  return hash.digest("hex");
}

function build() {
  const packageFolder = join(root, "node_modules", "fengari");
  if (!existsSync(packageFolder)) throw new Error("node_modules/fengari is missing: run npm install first");
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  if (version !== VERSION) throw new Error(`fengari ${version} is installed, the patches are for exactly ${VERSION}`);

  const hash = inputHash(packageFolder);
  const stamp = join(target, ".patched");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return "up to date";

  const sources = new Map(FILES.map((name) => [name, readFileSync(join(packageFolder, "src", name), "utf8")]));
  for (const patch of PATCHES) {
    const source = sources.get(patch.file);
    if (source === undefined)
      throw new Error(`fengari patch "${patch.name}": ${patch.file} is not one of the copied files`);
    sources.set(patch.file, apply(source, patch));
  }
  const next = `${target}.${process.pid}`;
  mkdirSync(next, { recursive: true });
  for (const [name, source] of sources) writeFileSync(join(next, name), source);
  for (const [name, from] of Object.entries(ADDED))
    writeFileSync(join(next, name), readFileSync(join(patchFolder, from)));
  writeFileSync(join(next, "LICENSE"), readFileSync(join(packageFolder, "LICENSE")));
  writeFileSync(join(next, "package.json"), '{"type":"commonjs"}\n');
  writeFileSync(join(next, ".patched"), hash);
  // Swapped in whole, so that nobody ever loads half an engine.
  rmSync(target, { recursive: true, force: true });
  renameSync(next, target);
  return `${FILES.length} files, ${PATCHES.length} patches`;
}

try {
  console.log(`fengari: ${build()}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
