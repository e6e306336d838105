/** Sources that do not compile, with the messages of lua5.3. */
import { type Case, differs, same } from "./compare.js";

export const syntax: readonly Case[] = [
  ...same(String.raw`
    return return
    local x = = 1
    local 1 = 2
    local x =
    for i = 1 do end
    for i do end
    for 1 = 1, 2 do end
    if x then
    if x end
    while x do
    repeat x = 1
    function f( end
    local function 1() end
    return (1
    return { 1, 2
    return f(1, 2
    return "abc
    return 'a
    return "\q"
    return "\300"
    return "\xZZ"
    return "\u{110000000}"
    return "\u{zz}"
    return "\u123"
    return [[abc
    return [==[abc]]
    return 1 2
    return 3x
    return 0x
    return 1e
    return 1.2.3
    return 5..2
    return a.1
    return a:b
    return a..
    return @
    return $x
    return !x
    return a ? b : c
    return a != b
    x = 5 6
    x + 1
    x
    "text"
    f() = 1
    x, f() = 1, 2
    x.y
    goto nowhere
    do break end
    goto f ::f:: ::f::
    do goto f end local x ::f:: return x
    ::a:: ::a::
    return function(a, a, ...) end, function(...) end == nil
    return function(..., a) end
    return function(a,) end
    local function f() return ... end
    local a, b, = 1
    local a.b = 1
    local t = { 1 2 }
    local t = { [1 = 2 }
    local t = { = 2 }
    return #
    return not
    return -
    return 1 +
    return and
    nil = 1
    end
    else
    until x
    return } 
    return )
    return ]
    and
    local function f() end end
    for k, v in do end
    for k v in pairs(t) do end
    return a b
    local x += 1
    x += 1
    x++
    // comment
    continue
    local x = function end
    local x = function() return 1
    --[[ unfinished
    return --[==[ unfinished ]]
    a.b:c = 1
    a.b:c.d()
    (f)
    return f{ } f"" f
    ;;; return 1
    return;
    local goto = 1
    local é = 1
    return 1 // 2, 1 >> 2, 1 ~ 2
  `),
  ...differs("the message says what is meant, and where", {
    "local x <close> = nil": "compile: c:1:35: attributes such as <const> and <close> are of Lua 5.4, this is Lua 5.3",
    "local _ENV <const> = {}":
      "compile: c:1:38: attributes such as <const> and <close> are of Lua 5.4, this is Lua 5.3",
  }),
  ...differs("types are accepted, and stripped", {
    "local x: number = 1 return x": "true 1",
    "local function f(a: string): string return a as string end return f('a')": 'true "a"',
    "return 1 :: number": "true 1",
  }),
  ...differs("a malformed type is named as such", {
    "local x: = 1": "compile: c:1:36: malformed type annotation: type expected near '='",
  }),
];
