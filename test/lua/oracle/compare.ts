/** The same Lua on lua5.3 and as a process of ours: what each shows of its results, as texts that can be compared. */
import { execFileSync } from "node:child_process";
import { luaProgram } from "../../support/lua.js";
import { type VirtualNode, virtualNode } from "../../support/virtual.js";

/** A chunk; one that does not begin as a statement is a list of expressions. */
export interface Case {
  readonly lua: string;
  /** What ours shows where it differs on purpose, and why. */
  readonly differs?: { readonly ours: string; readonly why: string };
}

/** Each line is a chunk, and both compute the same. */
export const same = (lines: string): Case[] =>
  lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((lua) => ({ lua }));

/** Ours shows something else, for one reason. */
export const differs = (why: string, chunks: Readonly<Record<string, string>>): Case[] =>
  Object.entries(chunks).map(([lua, ours]) => ({ lua, differs: { ours, why } }));

/**
 * How values are shown. Numbers are shown by value, not by subtype: an integral one below 2^53 as an integer. Addresses are left
 * out, bytes past ASCII are escaped.
 */
const SHOW = `
local tostring, type, select, format, concat, huge = tostring, type, select, string.format, table.concat, math.huge
local function value(v)
  if type(v) == "number" then
    if v ~= v then return "nan" end
    if v == huge or v == -huge then return v > 0 and "inf" or "-inf" end
    if v % 1 == 0 and v > -0x1p53 and v < 0x1p53 then return format("%d", v) end
    return format("%.15g", v)
  end
  if type(v) == "string" then return (format("%q", v):gsub("[^\\32-\\126]", function(c) return format("\\\\%03d", c:byte()) end)) end
  return (tostring(v):gsub("(%a): 0x%x+", "%1"):gsub("builtin%a*: %x+", "function"))
end
local function show(...)
  local texts = {}
  for i = 1, select("#", ...) do texts[i] = value((select(i, ...))) end
  return concat(texts, " ")
end`;

const STATEMENT = /^(return|local|for|if|while|repeat|do|function|goto|::)(?![\w.])/;

/** The chunk stands on line 1 of file "c"; its results, or its error, are what its function returns. */
function programOf(chunk: string): string {
  const body = STATEMENT.test(chunk) ? chunk : `return ${chunk}`;
  return `local function chunk(...) ${body}\nend${SHOW}\nreturn function() return show(pcall(chunk, 1, "two", nil)) end`;
}

/** Many expressions in one program: each is computed on its own, and shown on its own line. */
export function linesOf(expressions: readonly string[]): string {
  const lines = expressions.map((text) => `lines[#lines + 1] = show(pcall(function() return ${text} end))`);
  return `${SHOW}\nreturn function()\nlocal lines = {}\n${lines.join("\n")}\nreturn concat(lines, "\\n") end`;
}

const HARNESS = `
local sources = ...
for _, source in ipairs(sources) do
  local program, message = load(source, "@c", "t")
  local result = program and program()() or "compile: " .. message
  io.write(result, "\\n")
end`;

/** One process for all of them. */
export const onLua = (chunks: readonly string[]): string[] => runOnLua(chunks.map(programOf));

export function runOnLua(programs: readonly string[]): string[] {
  const sources = programs.map(quoted).join(",\n");
  const output = execFileSync(luaProgram(), ["-"], {
    input: Buffer.from(`(function(...) ${HARNESS}\nend)({${sources}})`, "latin1"),
    maxBuffer: 1 << 28,
    timeout: 60_000,
    env: { LC_ALL: "C", TZ: "UTC" },
  });
  return output.toString("latin1").split("\n").slice(0, -1);
}

/** As a text in Lua, byte for byte. */
function quoted(text: string): string {
  const escaped = [...Buffer.from(text)].map((byte) =>
    byte < 32 || byte > 126 || byte === 34 || byte === 92
      ? `\\${String(byte).padStart(3, "0")}`
      : String.fromCharCode(byte),
  );
  return `"${escaped.join("")}"`;
}

/** Each a process of its own, with every module. */
export const onOurs = (chunks: readonly string[]): string[] => runOnOurs(chunks.map(programOf));

export function runOnOurs(programs: readonly string[]): string[] {
  const ids = programs.map((_, i) => `c:c${i}`);
  const sources = programs.map((text, i) => [ids[i]!, { text, chunkName: "c" }]);
  const node = virtualNode(Object.fromEntries(sources));
  return ids.map((id) => resultOf(node, id));
}

function resultOf(node: VirtualNode, id: string): string {
  const outcome = node.run(id);
  if (node.internalErrors.length > 0) throw new Error(`internal error in ${id}: ${String(node.internalErrors[0])}`);
  if (outcome.ok) return String(outcome.value);
  return outcome.error.kind === "INVALID"
    ? `compile: ${outcome.error.message}`
    : `${outcome.error.kind}: ${outcome.error.message}`;
}
