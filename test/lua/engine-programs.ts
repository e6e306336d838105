/** Random Lua programs about calls: arguments and results that do not fit, closures, errors, coroutines, metamethods, loops left early. */

import type { Random } from "../support/random.js";

const MAXIMUM_DEPTH = 3;

const PRELUDE = `
local log, ticks = {}, 0
local function show(v) local t = type(v) if t == "table" or t == "function" or t == "thread" then return t end return tostring(v) end
local function add(...) local line = {} for i = 1, select("#", ...) do line[i] = show((select(i, ...))) end log[#log + 1] = table.concat(line, " ") end
local function num(v) ticks = ticks + 1 if type(v) == "number" then return v % 97 end return v and 3 or 5 end
local mt = {}
mt.__index = function(t, k) ticks = ticks + 1 return num(k) end
mt.__add = function(a, b) local x, y = 1, 2 return x + y end mt.__call = function(self, ...) return select("#", ...), ... end
mt.__concat = function(a, b) return "cat" end mt.__lt = function(a, b) return ticks % 2 == 0 end mt.__eq = function() return true end
mt.__len = function() return ticks % 5 end mt.__unm = function(a) return a end
mt.__newindex = function(t, k, v) rawset(t, k, v) end
local function object() return setmetatable({}, mt) end
-- Ours fills constructors from the front, so that pairs walks them as they are written; stock does not.
local function list(...) local t = {} for i = 1, select('#', ...) do t[i] = (select(i, ...)) end return t end
local coyield = coroutine.yield
local function mayield(...) if coroutine.isyieldable() then return coyield(...) end return ... end
`;

/** Writes the functions f1, f2, ... and a main program; each calls only those before it. */
class Writer {
  private readonly lines: string[] = [];
  private names = 0;
  private depth = 0;
  private locals: string[] = [];
  private variable = false;
  private budget = 0;

  constructor(private readonly random: Random) {}

  program(): string {
    const functions = 3 + this.chance(4);
    for (let n = 1; n <= functions; n++) this.fn(n);
    const main = [`local function main(...) local calls = 0`];
    for (let call = 0; call < 4; call++) {
      const args = Array.from({ length: this.chance(5) }, () => this.constant()).join(", ");
      const f = `f${1 + this.chance(functions)}`;
      main.push(
        this.pick([
          `add("plain", pcall(${f}${args && ", "}${args}))`,
          `do local co = coroutine.create(${f}) for i = 1, 6 do add("co", coroutine.resume(co${args && ", "}${args})) end add(coroutine.status(co)) end`,
          `add("wrapped", pcall(coroutine.wrap(function(...) add("in", pcall(${f}, ...)) return coroutine.yield("y") end), ${args || "nil"}))`,
          `add("handled", xpcall(${f}, function(m) return "h:" .. show(m), 2 end${args && ", "}${args}))`,
          `do local t = {3, 1, 2, 5, 4} add("sort", pcall(table.sort, t, function(a, b) ${f}(a, b) return a < b end), table.concat(t)) end`,
          `add("gsub", pcall(string.gsub, "abcd", "%w", function(c) local r = ${f}(c, ${args || "1"}) return type(r) == "string" and r or nil end))`,
        ]),
      );
    }
    return `${PRELUDE}${this.lines.join("\n")}\n${main.join("\n")} end
local driven = coroutine.create(main)
for round = 1, 40 do add("main", coroutine.resume(driven, round, nil)) if coroutine.status(driven) == "dead" then break end end
add(ticks)
return table.concat(log, "\\n")`;
  }

  private chance(n: number): number {
    return this.random.below(n);
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[this.chance(choices.length)]!;
  }

  private fn(n: number): void {
    const parameters = Array.from({ length: this.chance(5) }, (_, i) => `p${i}`);
    this.variable = this.chance(3) === 0;
    this.locals = [...parameters];
    this.budget = 14;
    const list = [...parameters, ...(this.variable ? ["..."] : [])].join(", ");
    this.lines.push(`local function f${n}(${list})`);
    this.block(n);
    this.lines.push(`return ${this.values(n)} end`);
  }

  private block(n: number): void {
    const outer = this.locals.length;
    this.depth++;
    const statements = 1 + this.chance(5);
    for (let i = 0; i < statements && this.budget-- > 0; i++) this.statement(n);
    this.depth--;
    this.locals.length = outer;
  }

  private local(): string {
    const name = `v${this.names++}`;
    return name;
  }

  private constant(): string {
    return this.pick(["1", "2", "7", "nil", "true", "false", "'s'", "'t'", "object()", "{}", "0"]);
  }

  private name(): string {
    return this.locals.length > 0 && this.chance(5) > 0 ? this.pick(this.locals) : this.constant();
  }

  private call(n: number): string {
    if (n === 1)
      return this.pick([`select("#", ${this.values(0)})`, `mayield(${this.values(0)})`, `num(${this.name()})`]);
    return `f${1 + this.chance(n - 1)}(${this.values(0)})`;
  }

  private value(n: number): string {
    const a = this.name();
    const b = this.name();
    return this.pick([
      () => a,
      () => `num(${a}) + num(${b})`,
      () => `(object() + ${a})`,
      () => `(${a} == ${b})`,
      () => `(${a} and ${b})`,
      () => `(${a} or ${b})`,
      () => `(num(${a}) .. "" .. num(${b}))`,
      () => `(num(${a}) < num(${b}))`,
      () => `(not ${a})`,
      () => `object()[${this.pick(["1", "'k'", "2.5"])}]`,
      () => `(${this.call(n)})`,
      () => `#{${this.values(n)}}`,
      () => `(object() .. ${this.pick(["1", "'s'"])})`,
      () => `(object() < object())`,
      () => `select("#", ${this.values(n)})`,
    ])();
  }

  /** A list of values whose last may be any number of them. */
  private values(n: number): string {
    const list = Array.from({ length: this.chance(4) }, () => this.name());
    const last = this.chance(4);
    if (last === 0 && n > 0) list.push(this.call(n));
    if (last === 1 && this.variable && n > 0) list.push("...");
    return list.length > 0 ? list.join(", ") : "nil";
  }

  private statement(n: number): void {
    const { lines } = this;
    const kind = this.chance(this.depth >= MAXIMUM_DEPTH ? 8 : 14);
    if (kind < 3) {
      const names = Array.from({ length: 1 + this.chance(4) }, () => this.local());
      lines.push(this.chance(5) === 0 ? `local ${names.join(", ")}` : `local ${names.join(", ")} = ${this.list(n)}`);
      this.locals.push(...names);
    } else if (kind === 3 && this.locals.length > 1) {
      lines.push(`${this.pick(this.locals)}, ${this.pick(this.locals)} = ${this.list(n)}`);
    } else if (kind === 4) lines.push(`add("f${n}", ${this.values(n)})`);
    else if (kind === 5) lines.push(`mayield(${this.values(n)})`);
    else if (kind === 6)
      lines.push(
        `if ticks % 11 == ${this.chance(11)} then ${this.pick([`error(${this.name()})`, "error('e' .. ticks, 0)", `return ${this.values(n)}`, `return ${this.call(n)}`])} end`,
      );
    else if (kind === 7) this.closure();
    else if (kind < 10) {
      lines.push(`if ${this.name()} then`);
      this.block(n);
      lines.push("else");
      this.block(n);
      lines.push("end");
    } else if (kind < 12) {
      const name = this.local();
      lines.push(`for ${name} = 1, ${1 + this.chance(3)} do`);
      this.locals.push(name);
      this.block(n);
      lines.push(`if ticks % 7 == ${this.chance(7)} then break end`);
      lines.push("end");
      this.locals.splice(this.locals.indexOf(name), 1);
    } else if (kind === 12) {
      const [key, value] = [this.local(), this.local()];
      lines.push(
        `for ${key}, ${value} in ${this.pick(["pairs(list(", "ipairs(list(", "next, (list("])}${this.values(n)})) do`,
      );
      this.locals.push(key, value);
      this.block(n);
      lines.push("end");
      this.locals.splice(this.locals.indexOf(key), 2);
    } else {
      lines.push("add(pcall(function(...)");
      const { variable } = this;
      this.variable = true;
      this.block(n);
      lines.push(`return ${this.values(n)} end, ${this.values(0)}))`);
      this.variable = variable;
    }
  }

  private list(n: number): string {
    const list = Array.from({ length: this.chance(3) }, () => this.value(n));
    list.push(this.chance(2) === 0 ? this.value(n) : this.call(n));
    return list.join(", ");
  }

  /** A function that changes locals around it, called at once and again later. */
  private closure(): void {
    if (this.locals.length === 0) return;
    const [name, captured] = [this.local(), this.pick(this.locals)];
    this.lines.push(
      `local ${name} = function(a, ...) ${captured} = num(${captured}) + 1 return ${captured}, a, ... end`,
    );
    this.lines.push(`add("closure", ${name}(${this.name()}, ${this.name()}))`);
  }
}

export function randomProgram(random: Random): string {
  return new Writer(random).program();
}
