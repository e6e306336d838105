// Patches for strings: hashing and order, string.format, pack and unpack beyond 32 bits, and bugs that leak JavaScript errors.

export const stringsPatches = [
  {
    file: "lstring.js",
    name: "the text of a string",
    why: "what the host reads a short string as is kept with it: topics and pids are read again and again",
    find: "        this.hash = null;\n        this.realstring = str;\n",
    replace: "        this.hash = null;\n        this.realstring = str;\n        this.text = void 0;\n",
  },
  {
    file: "lcode.js",
    name: "looking up a constant",
    why: "FuncState has no L; a string constant over 64 characters needs it for its hash",
    find: "ltable.luaH_get(fs.L, fs.ls.h, key);",
    replace: "ltable.luaH_get(fs.ls.L, fs.ls.h, key);",
  },
  {
    file: "lcode.js",
    name: "storing a constant",
    why: "as above",
    find: "ltable.luaH_setfrom(fs.L, fs.ls.h, key, ",
    replace: "ltable.luaH_setfrom(fs.ls.L, fs.ls.h, key, ",
  },
  {
    file: "lauxlib.js",
    name: "objects with a text where a string is expected",
    why: "an error object is accepted by string functions (string.find(err, ...))",
    find: "    if (s === null || s === undefined) tag_error(L, arg, LUA_TSTRING);\n    return s;\n};\n\nconst luaL_checkstring",
    replace: `    if (s === null || s === undefined) {
        if (lua_type(L, arg) !== 7 || luaL_getmetafield(L, arg, to_luastring("__tostring", true)) === LUA_TNIL)
            tag_error(L, arg, LUA_TSTRING);
        lua_pop(L, 1);
        s = luaL_tolstring(L, arg);
        lua_copy(L, -1, arg);
        lua_pop(L, 1);
    }
    return s;
};

const luaL_checkstring`,
  },
  {
    file: "lstring.js",
    name: "string keys",
    why: 'bytes without padding collide ("\\x01\\x11" and "\\x11\\x01" are one key) and order wrongly ("\\n" after "a")',
    find: '    let s = "|";\n    for (let i=0; i<len; i++)\n        s += str[i].toString(16);\n    return s;',
    replace: `    if (len <= 32) {
        let s = "|";
        for (let i=0; i<len; i++)
            s += String.fromCharCode(str[i]);
        return s;
    }
    let parts = "|";
    for (let i=0; i<len; i+=4096)
        parts += String.fromCharCode.apply(null, str.subarray(i, i + 4096));
    return parts;`,
  },
  {
    file: "defs.js",
    name: "copying bytes",
    why: "Uint8Array.from walks an iterator",
    find: "    luastring_from = Uint8Array.from.bind(Uint8Array);",
    replace: "    luastring_from = function(a) { return a instanceof Uint8Array ? a.slice() : Uint8Array.from(a); };",
  },
  {
    file: "lstrlib.js",
    name: "no sprintf-js",
    why: "string.format is our own: as in C, exact below 2^53, without a global cache",
    find: "const { sprintf } = require('sprintf-js');",
    replace: `const { str_format } = require('./perdure_format.js');
const { luaG_charge, luaG_liberror } = require('./ldebug.js');`,
  },
  {
    file: "lstrlib.js",
    name: "no hexadecimal floats",
    why: "part of the replaced string.format",
    find: "const SIZELENMOD =",
    until: "/*\n** Maximum size of each formatted item.",
    replace: "",
  },
  {
    file: "lstrlib.js",
    name: "no stock string.format",
    why: "replaced",
    find: "const addquoted = function(",
    until: "/* value used for padding */",
    replace: "",
  },
  {
    file: "lstrlib.js",
    name: "no string.dump",
    why: "bytecode is a way to the host",
    find: '    "dump":     str_dump,\n',
    replace: "",
  },
  {
    file: "lstrlib.js",
    name: "string.char range",
    why: "the stock check forgets the argument number and fails with a TypeError",
    find: 'luaL_argcheck(L, c >= 0 && c <= 255, "value out of range");',
    replace: 'luaL_argcheck(L, c >= 0 && c <= 255, i, to_luastring("value out of range"));',
  },
  {
    file: "lstrlib.js",
    name: "message of pack",
    why: "as Lua says it",
    find: '"strings contains zeros"',
    replace: 'to_luastring("string contains zeros")',
  },
  {
    file: "lstrlib.js",
    name: "message of %b",
    why: "as Lua says it",
    find: "(missing arguments to '%%b'\"",
    replace: "(missing arguments to '%%b')\"",
  },
  {
    file: "lstrlib.js",
    name: "empty match at the start",
    why: "position 0 is a match",
    find: "        if (res) return res;",
    replace: "        if (res !== null) return res;",
  },
  {
    file: "lstrlib.js",
    name: "integers are 8 bytes",
    why: "as in Lua; the values are exact below 2^53",
    find: "const SZINT = 4; // Size of lua_Integer",
    replace: "const SZINT = 8; // Size of lua_Integer",
  },
  ...[
    ["108 /*'l'*/: r.size = 4;", "108 /*'l'*/: r.size = 8;"],
    ["76  /*'L'*/: r.size = 4;", "76  /*'L'*/: r.size = 8;"],
    ["106 /*'j'*/: r.size = 4;", "106 /*'j'*/: r.size = 8;"],
    ["74  /*'J'*/: r.size = 4;", "74  /*'J'*/: r.size = 8;"],
    ["84  /*'T'*/: r.size = 4;", "84  /*'T'*/: r.size = 8;"],
    ["115 /*'s'*/: r.size = getnumlimit(h, fmt, 4);", "115 /*'s'*/: r.size = getnumlimit(h, fmt, 8);"],
  ].map(([find, replace]) => ({
    file: "lstrlib.js",
    name: `size of ${find.slice(0, 9)}`,
    why: "as in 64-bit Lua",
    find,
    replace,
  })),
  {
    file: "lstrlib.js",
    name: "pack integers",
    why: "beyond 32 bits",
    find: "    buff[islittle ? 0 : size - 1] = n & MC;  /* first byte */",
    until: "    luaL_addsize(b, size);  /* add result to buffer */",
    replace: `    for (let i = 0; i < size; i++) {
        let rest = Math.floor(n / 256);
        buff[islittle ? i : size - 1 - i] = n - rest * 256;
        n = rest;
    }
`,
  },
  {
    file: "lstrlib.js",
    name: "pack signed range",
    why: "beyond 32 bits",
    find: "let lim = 1 << (size * 8) - 1;",
    replace: "let lim = Math.pow(2, size * 8 - 1);",
  },
  {
    file: "lstrlib.js",
    name: "pack unsigned range",
    why: "beyond 32 bits",
    find: '                    luaL_argcheck(L, (n>>>0) < (1 << (size * NB)), arg, "unsigned overflow");\n                packint(b, n>>>0, h.islittle, size, false);',
    replace:
      '                    luaL_argcheck(L, n >= 0 && n < Math.pow(2, size * NB), arg, to_luastring("unsigned overflow"));\n                packint(b, n, h.islittle, size, false);',
  },
  {
    file: "lstrlib.js",
    name: "packed string length",
    why: "beyond 32 bits",
    find: "len < (1 << (size * NB)),",
    replace: "len < Math.pow(2, size * NB),",
  },
  {
    file: "lstrlib.js",
    name: "unpack integers",
    why: "beyond 32 bits; what is not exact is an error",
    find: "    let res = 0;\n    let limit = size <= SZINT ? size : SZINT;",
    until: "const unpacknum = function(",
    replace: `    let negative = issigned && (str[islittle ? size - 1 : 0] & 0x80) !== 0;
    let res = 0;
    for (let i = size - 1; i >= 0; i--) {
        let byte = str[islittle ? i : size - 1 - i];
        res = res * 256 + (negative ? 255 - byte : byte);
    }
    if (negative) res = -1 - res;
    if (res > Number.MAX_SAFE_INTEGER || res < Number.MIN_SAFE_INTEGER)
        luaL_error(L, to_luastring("%d-byte integer does not fit into Lua Integer"), size);
    return res;
};

`,
  },
  {
    file: "lstrlib.js",
    name: "unpack of an unfinished string",
    why: "the stock end is wrong when it does not start at 0",
    find: "if (e === -1) e = data.length - pos;",
    replace: "if (e === -1) e = data.length;",
  },
];
