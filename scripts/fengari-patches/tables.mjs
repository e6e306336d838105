// Patches for tables: their storage is ours (table.cjs), which has an array for 1, 2, 3 ... and makes no Map for a few keys.

const STORAGE =
  "two Maps and a list, and a list entry, two slots and a Map entry for each element, are most of what a table costs";
const ONCE = "the slot that was found is written; a key that was not found is added without another look";

const patch = (file, name, why, find, replace, until) => ({ file, name, why, find, replace, until });

export const tablesPatches = [
  patch(
    "ltable.js",
    "storage module",
    STORAGE,
    "const lstate  = require('./lstate.js');",
    "const lstate  = require('./lstate.js');\nconst storage = require('./perdure_table.js');",
  ),
  patch(
    "ltable.js",
    "storage fields",
    STORAGE,
    "        this.strong = new Map();\n",
    `        this.array = storage.NONE;
        this.holes = 0;  /* removed elements that are not at its end */
        this.longest = 0;  /* its length when the last key was added */
        this.count = 0;  /* entries */
        this.numbers = 0;  /* entries with a number as key */
        this.map = void 0;  /* hash -> entry */
        this.f = void 0;  /* first entry */
        this.l = void 0;  /* last entry */
        this.runs = void 0;  /* of entries that came after an element of the array */
        this.dead = void 0;  /* removed entries */
        this.deadobjects = void 0;  /* removed entries whose keys are objects */
`,
    "        this.metatable = null;\n        this.flags",
  ),
  patch(
    "ltable.js",
    "no lists",
    STORAGE,
    "const add = function(t, hash, key, value) {",
    "",
    "const luaH_new = function(L) {",
  ),
  patch(
    "ltable.js",
    "reading and writing",
    "writes to a read-only table are refused here: t[k] = v, rawset, table.insert, table.sort, ... all come here",
    "const getgeneric = function(t, hash) {",
    `const inbase = function(t, hash) {
    for (let base = t.base; base !== void 0; base = base.base) {
        let found = storage.slot(base, hash);
        if (found !== void 0 && found.type !== LUA_TNIL) return found;
    }
    return lobject.luaO_nilobject;
};

const luaH_getint = function(t, key) {
    let found = storage.ofNumber(t, key);
    if (found !== void 0 && found.type !== LUA_TNIL) return found;
    return t.base === void 0 ? lobject.luaO_nilobject : inbase(t, key);
};

const luaH_getstr = function(t, key) {
    let hash = luaS_hashlongstr(key);
    let found = storage.ofHash(t, hash);
    if (found !== void 0) return found;
    return t.base === void 0 ? lobject.luaO_nilobject : inbase(t, hash);
};

const luaH_get = function(L, t, key) {
    let hash, found;
    switch (key.type) {
        case LUA_TLNGSTR: {
            let ts = key.value;
            if (ts.realstring.length > 64) L.l_G.fuel -= ts.realstring.length >> 4;
            hash = ts.hash === null ? luaS_hashlongstr(ts) : ts.hash;
            found = storage.ofHash(t, hash);
            break;
        }
        case LUA_TNUMINT:
            hash = key.value;
            found = storage.ofNumber(t, hash);
            break;
        case LUA_TNIL:
            return lobject.luaO_nilobject;
        case LUA_TNUMFLT:
            if (isNaN(key.value)) return lobject.luaO_nilobject;
            /* fall through */
        default:
            hash = table_hash(L, key);
            found = storage.slot(t, hash);
    }
    if (found !== void 0 && found.type !== LUA_TNIL) return found;
    return t.base === void 0 ? lobject.luaO_nilobject : inbase(t, hash);
};

const luaH_setint = function(t, key, value) {
    if (value.type === LUA_TNIL) storage.remove(t, key);
    else storage.put(t, key, (key|0) === key ? LUA_TNUMINT : LUA_TNUMFLT, key, value);
};

const luaH_setfrom = function(L, t, key, value) {
    if (t.frozen) ldebug.luaG_liberror(L, "attempt to modify a read-only table");
    let hash = table_hash(L, key);
    if (value.type === LUA_TNIL) storage.remove(t, hash);
    else storage.put(t, hash, key.type, key.value, value);
};

/* t[key] = value, where 'found' is what 'luaH_get' has found */
const luaH_finishset = function(L, t, key, found, value) {
    if (t.frozen || t.base !== void 0 || value.type === LUA_TNIL)
        luaH_setfrom(L, t, key, value);
    else if (found.type === LUA_TNIL)
        storage.add(t, table_hash(L, key), key.type, key.value, value);
    else {
        if (key.type === LUA_TLNGSTR && key.value.realstring.length > 64) L.l_G.fuel -= key.value.realstring.length >> 4;
        found.type = value.type;
        found.value = value.value;
    }
};

/* the entry of a string */
const luaH_entry = function(t, ts) {
    return storage.find(t, luaS_hashlongstr(ts));
};

/* what the host does to see all keys and values, in order */
class Walk {
    constructor(table) {
        this.table = table;
        this.at = 0;
        this.key = new lobject.TValue(LUA_TNIL, null);
        this.value = this.key;
    }

    next() {
        let { table, at } = this;
        at = typeof at === "number" ? storage.following(table, void 0, at) : storage.following(table, at, 0);
        if (at === void 0) return false;
        this.at = at;
        this.value = setkey(table, this.key, at);
        return true;
    }
}

/* 'at' is an entry or the index of an element; returns its value */
const setkey = function(table, key, at) {
    if (typeof at === "number") {
        key.type = LUA_TNUMINT;
        key.value = at;
        return table.array[at - 1];
    }
    key.type = at.type;
    key.value = at.key;
    return at.value;
};

`,
    "/*\n** Try to find a boundary in table 't'.",
  ),
  patch(
    "ltable.js",
    "length",
    "a table without holes and without other numbers needs no search",
    "    let j = t.strong.size + 1; /* use known size of Map to kick start search */",
    `    if (t.holes === 0 && t.numbers === 0 && t.base === void 0) return t.array.length;
    let j = storage.size(t) + 1; /* use known size to kick start search */`,
  ),
  patch(
    "ltable.js",
    "next",
    STORAGE,
    "    let keyO = L.stack[keyI];\n",
    `    let key = L.stack[keyI];
    let at = key.type === LUA_TNIL ? storage.following(table, void 0, 0) : storage.followingKey(table, table_hash(L, key));
    if (at === void 0) return false;
    if (at === null) /* item not in table */
        return ldebug.luaG_runerror(L, to_luastring("invalid key to 'next'"));
    lobject.setobj2s(L, keyI+1, setkey(table, key, at));
    return true;
};

`,
    "module.exports.invalidateTMcache = ",
  ),
  patch(
    "ltable.js",
    "exports",
    STORAGE,
    "module.exports.luaH_getint  =",
    "module.exports.Walk         = Walk;\nmodule.exports.luaH_entry   = luaH_entry;\nmodule.exports.luaH_finishset = luaH_finishset;\nmodule.exports.luaH_size    = storage.size;\nmodule.exports.luaH_getint  =",
  ),
  patch(
    "llex.js",
    "strings of a chunk",
    STORAGE,
    "ls.h.strong.get(luaS_hashlongstr(ts));",
    "ltable.luaH_entry(ls.h, ts);",
  ),
  patch("llex.js", "string of a chunk", STORAGE, "tpair.key.tsvalue();", "tpair.key;"),
  patch(
    "lvm.js",
    "write once",
    ONCE,
    `                ltable.luaH_setfrom(L, h, key, val);
                ltable.invalidateTMcache(h);`,
    `                ltable.luaH_finishset(L, h, key, slot, val);
                h.flags = 0;`,
  ),
  patch(
    "lvm.js",
    "no metatable, no search",
    "most tables have none",
    "if (!slot.ttisnil() || (tm = ltm.fasttm(L, h.metatable, ltm.TMS.TM_NEWINDEX)) === null) {",
    "if (slot.type !== LUA_TNIL || h.metatable === null || (tm = ltm.fasttm(L, h.metatable, ltm.TMS.TM_NEWINDEX)) === null) {",
  ),
];
