import { describe, expect, it } from "vitest";
import { stripTypes } from "../../../lua/typed/strip.js";
import { openWorld } from "../engine-support.js";

function lua(text: string): string {
  const stripped = stripTypes(text);
  if (stripped.kind === "malformed") throw new Error(`${stripped.line}:${stripped.column}: ${stripped.message}`);
  return stripped.text;
}

/** Annotations are written between « and »; what must come out is the text without them, with spaces in their place. */
const TYPED: Readonly<Record<string, string>> = {
  "a local": "local x«: number» = 1",
  "a local without a value": "local x«: string?»\nx = 'a'",
  "several locals, some typed": "local a«: T», b, c«: U?» = 1, 2, 3",
  parameters: "local function f(a«: number», b«: string?», c, ...«: any») end",
  "an optional parameter": "local function f(a«?: number») end",
  "a result": "local function f()«: number» return 1 end",
  "a result without a space": "local function f(x)«:T?»return x end",
  "several results in parentheses": "function f()«: (number, string?)» return 1, 'a' end",
  "several results": "function f()«: number, {string}» return 1, {} end",
  "no results": "function f()«: ()» end",
  "variadic results": "function f()«: ...number» end function g()«: (...any)» end function h()«: T...» end",
  "a body that starts with a parenthesis": "function f(g)«: number» (g)() end",
  "a method": "local o = {} function o.a.b:m(x«: number»)«: o.T» return self:n(x) end",
  "an anonymous function": "call(function(x«: T»)«: U» return x end, function()«: ()» end)",
  generics:
    "local function f«<T>»(x«: T»)«: T» return x end function m.n«<K, V: Bound, W = any, P...>»(k«: K», ...«: P...») end",
  "generics of an anonymous function": "local f = function«<T>»(x«: T») return x end",
  loops: "for i«: number» = 1, 3 do end for k«: string», v«: {T}» in pairs(t) do end",
  "a cast": "local x = y «as string»",
  "a cast with colons": "local x = y «:: string»",
  "casts within an expression": "local x = (y «as number») + (z «:: number») * f(a «as T», b «as {U}»)",
  "a cast before an operator": "local x = a «as number» + b «as number» .. c «:: T» == d",
  "a cast of a call": "local x = f(1):g{2}['a'] «as T», 3",
  "casts one after another": "local x = y «as any» «as T»",
  "a cast that is indexed in parentheses": "local n = (x «as Named»).name; (x «:: any»).y = 1",
  "a cast in a table": "return { a = x «as T», [k «as string»] = v «as V», z «:: W» }",
  "a cast in a condition":
    "if x «as boolean» then elseif y «:: T» then end while z «as T» do end repeat until q «as T»",
  "a cast to a literal": "local x = y «as 'a' | \"b\" | 3 | -1 | true | nil»",
  "a cast of a literal":
    "local x = nil «as T?» local s = 'a' «:: T» local t = {} «as {T}» local f = function() end «as F»",
  "a cast and a comparison": "local b = x «as number» < y and z > w",
  "a cast and a shift": "local b = x «as integer» << 2 local c = x «as integer» >> 2 local d = x «as integer» >= 2",
  "a cast to a generic": "local b = x «as Map<string, {T}>»",
  "a cast before a label": "goto done local x = y «:: T» ::done::",
  "a cast before a method call": "local x = y «as T» z:w()",
  aliases: "«type X = number»\n«type Y<T> = { T }» local type = type «type Z = X»",
  "exported aliases": "«export type X = { a: T, b: U? }»\n«export type Y<K, V = any> = Map<K, V>»",
  "an alias over several lines": "«type X = {\n  a: string, -- note\n  b: number,\n}»\nlocal x = 1",
  "names from modules": "local x«: a.b.C<d.E>» = 1",
  "nested generics": "local x«: Map<string, List<Map<K, V>>>» = 1 local y«: A<B<C>>»= 2 local z«: A<B>»=3",
  "table types": "local x«: {[string]: T}», y«: {x: T, y?: U; z: V}», z«: {T}», w«: {}», v«: {T, U}» = 1",
  "table types with modifiers": "local x«: {read a: T, write [string]: U, readonly b: V, read: W}» = 1",
  "table types with text keys": 'local x«: {["a b"]: T}», y«: {string: T}» = 1',
  "function types": "local f«: (a: T, b: U) -> R», g«: () -> ()», h«: (T, ...U) -> (V, ...W)», i«: <T>(T) -> T» = 1",
  "function types with optional and unnamed parts":
    "local f«: ((T?) -> U?)?», g«: (x?: T, ...: U) -> V | W», h«: (T) -> (U) -> V»",
  "function as a word": "local f«: function», g«: function(T, ...: U): V», h«: function<T>(T)» = 1",
  "unions and intersections": "local x«: T | U & V | nil», y«: | T | U», z«: (T | U)?» = 1",
  lists: "local x«: T[]», y«: (T | U)[][]», z«: string[]?» = 1",
  typeof: "local x«: typeof(y)», z«: typeof(f(1, { 2 }, function(a: T): U return a as V end))?» = 1",
  literals: "local x«: 'a' | \"b\" | true | false | nil | 1 | -2.5» = 1",
  "names that are words of annotations":
    "local type, as, export = type, 1, 2 type(x) as = 3 export = type as(1) print(type)",
  "a comment in an annotation": "local x«: --[[ a ]] T» = 1",
  "a shebang line and a mark": "\uFEFF#!/usr/bin/lua: T\nlocal x«: T» = 1",
  "windows line ends": "local x«: {\r\n  T\r\n}» = 1\r\nlocal y«: U» = 2",
};

describe("a typed program loses its annotations and nothing else", () => {
  it.each(Object.entries(TYPED))("%s", (_name, marked) => {
    const parts = marked.split(/«|»/);
    const typed = parts.join("");
    const plain = parts.map((part, i) => (i % 2 === 0 ? part : part.replace(/[^\r\n]/g, " "))).join("");
    expect(lua(typed)).toBe(plain);
    expect(lua(plain)).toBe(plain);
    expect(openWorld().engine.compile(plain, "test.lua")).toMatchObject({ kind: "prototype" });
  });

  it("keeps statements apart that an annotation stood between", () => {
    expect(lua("local x = y as T\n(f or g)()")).toBe("local x = y    ;\n(f or g)()");
    expect(lua("x = y :: T\n(f or g)()")).toBe("x = y    ;\n(f or g)()");
    expect(lua("x = y\ntype T = { U }\n(f or g)()")).toBe("x = y\n             ;\n(f or g)()");
  });
});

describe("a plain program stays as it is", () => {
  it.each([
    "a:b() a.b:c(1):d{2}:e'x' return a:b",
    "::label:: goto label do ::a:: ::b:: end x = y ::c::",
    "local s = 'a: T' .. \"x as y\" .. [[type X = 1]] .. [==[ ]] local x: T ]==] -- local y: T\n--[[ x: T ]] --[==[ ]] y: T ]==]",
    "type(x) type 'x' type{1} local type = type type = 3 type.x = 1 type:y()",
    "as(x) as = 1 local as, export = 1, 2 export(as) export = as as:b() as.type = export.type",
    "local as = f local x = y as(z) x = y as{1} x = y as'a'",
    "x = y\nas(z) x = y\nas{1}",
    "x = type\nY = 3",
    "local type X = 3",
    "local a = b and c or d .. e .. f ^ g // h % -i << 2 >> 3 ~ 4 & 5 | ~6 == 7 ~= 8 <= 9 >= 10 < 11 > 12",
    "local t = {1, 2; x = 3, ['y'] = 4, f(), [5] = {}, function() end, ..., }",
    "local a = 0x.1p4 + 3e-2 + .5 + 3. + 0xA + 1 ..'a' local b = a..1 .. .5",
    "local s = '\\'\\\n\\z  \n  \\\r\nx' local t = \"\\\"\"",
    "return",
    "return;",
    "return f(x), ...;",
    "for i = 1, 2 do break end for k, v in pairs(x) do end while x do end repeat until x",
    "if a then elseif b then else end function a.b.c:d(...) return ... end local function f(a, b, ...) end",
    ";;; f(); (f or g)();",
    "#!shebang: T\nx = 1",
    "",
  ])("%j", (text) => {
    expect(stripTypes(text)).toEqual({ kind: "lua", text });
  });

  it("also when it is not Lua at all", () => {
    for (const text of ["x = = 1", "local", "f(", "'abc", "[[abc", "--[[abc", "\u00e9", "$", "if x"]) {
      expect(stripTypes(text)).toEqual({ kind: "lua", text });
    }
  });
});

describe("a malformed annotation", () => {
  it.each([
    ["local x: = 1", "1:10: malformed type annotation: type expected near '='"],
    ["local x:", "1:9: malformed type annotation: type expected near <eof>"],
    ["local a = 1\n  local x: {T = 1", "2:15: malformed type annotation: '}' or ',' expected near '='"],
    ["local x: Map<string = 1", "1:21: malformed type annotation: '>' expected near '='"],
    ["local x: (a: T -> U", "1:16: malformed type annotation: ')' expected near '-'"],
    ["function f(a: ) end", "1:15: malformed type annotation: type expected near ')'"],
    ["function f(a?) end", "1:14: malformed type annotation: ':' expected near ')'"],
    ["function f<T(x) end", "1:13: malformed type annotation: '>' expected near '('"],
    ["type X", "1:7: malformed type annotation: '=' expected near <eof>"],
    ["type X = ", "1:10: malformed type annotation: type expected near <eof>"],
    ["export type X<1> = T", "1:15: malformed type annotation: name of a type expected near '1'"],
    ["local x = y :: 3 +", undefined],
    ["local x = y :: + 1", "1:16: malformed type annotation: type expected near '+'"],
    ["local x: typeof(", "1:17: malformed type annotation: name expected near <eof>"],
    ["local x: T | = 1", "1:14: malformed type annotation: type expected near '='"],
    ["local x = y as T.z()", "1:19: what was cast needs parentheses here: (x as T)"],
    ["local x = y :: T { 1 }", "1:18: what was cast needs parentheses here: (x as T)"],
    ["local x <const> = 1", "1:9: attributes such as <const> and <close> are of Lua 5.4, this is Lua 5.3"],
  ])("%s", (text, problem) => {
    const stripped = stripTypes(text);
    if (problem === undefined) expect(stripped.kind).toBe("lua");
    else {
      if (stripped.kind !== "malformed") throw new Error(stripped.text);
      expect(`${stripped.line}:${stripped.column}: ${stripped.message}`).toBe(problem);
    }
  });

  it("is found however deep it is", () => {
    const stripped = stripTypes(`local x: ${"{".repeat(10_000)}`);
    expect(stripped).toMatchObject({ kind: "malformed", message: expect.stringContaining("too deeply nested") });
  });
});
