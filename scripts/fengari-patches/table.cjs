"use strict";

// Added to the engine by our build: what a table holds. The keys 1, 2, 3 ... are an array as long as they come in that order, all others
// are entries of a list, with a Map once they are many. `next` walks in the order of insertion: an entry knows how many elements of the
// array came before it. Removed keys stay known until a key is added, so that a walk may remove what it visits.

const { constant_types } = require("./defs.js");
const lobject = require("./lobject.js");

const { LUA_TNIL, LUA_TNUMFLT, LUA_TNUMINT } = constant_types;

/** Entries that are looked through one by one. */
const FEW = 8;
/** Stands in for an array that was never needed; made of objects, as the others are. */
const NONE = [null];
NONE.pop();

class Entry {
  constructor(hash, type, key, value, after) {
    this.hash = hash;
    this.type = type; /* of the key */
    this.key = key;
    this.value = value; /* undefined once it is removed */
    this.after = after; /* elements of the array that came before */
    this.p = undefined;
    this.n = undefined;
  }
}

const isIndex = (array, n) => n > 0 && n <= array.length && (n | 0) === n;

const find = (t, hash) => {
  if (t.map !== undefined) return t.map.get(hash);
  let entry = t.f;
  while (entry !== undefined && entry.hash !== hash) entry = entry.n;
  return entry;
};

/** The slot of a number, or undefined; that of a removed element is nil. */
const ofNumber = (t, n) => {
  const { array } = t;
  if (n > 0 && n <= array.length && (n | 0) === n) return array[n - 1];
  if (t.numbers === 0) return undefined;
  const entry = find(t, n);
  return entry === undefined ? undefined : entry.value;
};

/** The slot of any other key, or undefined. */
const ofHash = (t, hash) => {
  const entry = find(t, hash);
  return entry === undefined ? undefined : entry.value;
};

const slot = (t, hash) => (typeof hash === "number" ? ofNumber(t, hash) : ofHash(t, hash));

const size = (t) => t.array.length - t.holes + t.count;

const isObject = (hash) => (typeof hash === "object" ? hash !== null : typeof hash === "function");

const append = (t, entry) => {
  const last = t.l;
  entry.p = last;
  entry.n = undefined;
  if (last === undefined) t.f = entry;
  else last.n = entry;
  t.l = entry;
  if (entry.after > 0 && (last === undefined || last.after !== entry.after)) {
    if (t.runs === undefined) t.runs = [entry];
    else t.runs.push(entry);
  }
};

const addEntry = (t, hash, type, key, value) => {
  const entry = new Entry(hash, type, key, value, t.array.length);
  append(t, entry);
  t.count++;
  if (typeof hash === "number") t.numbers++;
  if (t.map !== undefined) t.map.set(hash, entry);
  else if (t.count > FEW) {
    t.map = new Map();
    for (let e = t.f; e !== undefined; e = e.n) t.map.set(e.hash, e);
  }
};

/** The array becomes entries: an element that comes again after others must be walked after them. */
const dissolve = (t) => {
  const { array } = t;
  let entry = t.f;
  let at = 0;
  t.array = NONE;
  t.holes = 0;
  t.runs = t.f = t.l = t.map = undefined;
  t.count = t.numbers = 0;
  while (at < array.length || entry !== undefined) {
    if (entry !== undefined && (entry.after <= at || at >= array.length)) {
      const next = entry.n;
      addEntry(t, entry.hash, entry.type, entry.key, entry.value);
      entry = next;
    } else {
      at++;
      const value = array[at - 1];
      if (value.type !== LUA_TNIL) addEntry(t, at, LUA_TNUMINT, at, value);
    }
  }
};

/** Entries that came after elements which are gone now come before the next one, and before the next entry. */
const lower = (t, length) => {
  for (let entry = t.l; entry !== undefined && entry.after > length; entry = entry.p) entry.after = length;
  const { runs } = t;
  let start;
  while (runs.length > 0 && runs[runs.length - 1].after >= length) start = runs.pop();
  if (length > 0) runs.push(start);
};

/** Before a key is added: what was removed can no longer be asked for. */
const settle = (t) => {
  t.dead = t.deadobjects = undefined;
  if (t.holes > 0) dissolve(t);
  const { length } = t.array;
  if (t.l !== undefined && t.l.after > length) lower(t, length);
  t.longest = length;
};

/** Add a key that is not there: its type and what it is. Copies the value, which is not nil. */
const add = (t, hash, type, key, value) => {
  if (t.dead !== undefined || t.deadobjects !== undefined || t.longest !== t.array.length || t.holes > 0) settle(t);
  const copy = new lobject.TValue(value.type, value.value);
  const { array } = t;
  if (hash === array.length + 1) {
    if (array === NONE) t.array = [copy];
    else array.push(copy);
    t.longest++;
  } else if (type === LUA_TNUMFLT && (hash | 0) === hash) addEntry(t, hash | 0, LUA_TNUMINT, hash | 0, copy);
  else addEntry(t, hash, type, key, copy);
};

/** As `add`, whether the key is there or not. */
const put = (t, hash, type, key, value) => {
  const old = slot(t, hash);
  if (old !== undefined && old.type !== LUA_TNIL) old.setfrom(value);
  else add(t, hash, type, key, value);
};

const runAt = (runs, after) => {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle].after < after) low = middle + 1;
    else high = middle;
  }
  return low;
};

const removeEntry = (t, entry) => {
  const { p, n, hash } = entry;
  if (entry.after > 0 && (p === undefined || p.after !== entry.after)) {
    const at = runAt(t.runs, entry.after);
    if (n !== undefined && n.after === entry.after) t.runs[at] = n;
    else t.runs.splice(at, 1);
  }
  if (p === undefined) t.f = n;
  else p.n = n;
  if (n === undefined) t.l = p;
  else n.p = p;
  t.count--;
  if (typeof hash === "number") t.numbers--;
  if (t.map !== undefined) t.map.delete(hash);
  entry.key = entry.value = entry.p = undefined;
  if (isObject(hash)) {
    if (t.deadobjects === undefined) t.deadobjects = new WeakMap();
    t.deadobjects.set(hash, entry);
    entry.hash = undefined;
  } else {
    if (t.dead === undefined) t.dead = new Map();
    t.dead.set(hash, entry);
  }
};

const remove = (t, hash) => {
  const { array } = t;
  if (typeof hash === "number" && isIndex(array, hash)) {
    if (array[hash - 1].type === LUA_TNIL) return;
    if (hash < array.length) {
      array[hash - 1].setnilvalue();
      t.holes++;
      return;
    }
    array.pop();
    while (array.length > 0 && array[array.length - 1].type === LUA_TNIL) {
      array.pop();
      t.holes--;
    }
    return;
  }
  const entry = find(t, hash);
  if (entry !== undefined) removeEntry(t, entry);
};

/**
 * What follows an entry, or else the element `index` (0: what comes first): an entry, the index of an element, or undefined.
 */
const following = (t, entry, index) => {
  const { array, runs } = t;
  let at = index;
  let next;
  if (entry !== undefined) {
    at = entry.after;
    next = entry.n;
    while (next !== undefined && next.value === undefined) next = next.n;
  } else if (index === 0) next = t.f;
  else if (runs !== undefined) next = runs[runAt(runs, index)];
  const end = next === undefined || next.after > array.length ? array.length : next.after;
  for (; at < end; at++) if (array[at].type !== LUA_TNIL) return at + 1;
  return next;
};

/** As `following`, by key; null when the table has no such key and had none since the last was added. */
const followingKey = (t, hash) => {
  if (typeof hash === "number" && hash > 0 && hash <= t.longest && (hash | 0) === hash)
    return following(t, undefined, hash);
  let entry = find(t, hash);
  if (entry === undefined && t.deadobjects !== undefined && isObject(hash)) entry = t.deadobjects.get(hash);
  if (entry === undefined && t.dead !== undefined) entry = t.dead.get(hash);
  return entry === undefined ? null : following(t, entry, 0);
};

module.exports = { NONE, add, find, following, followingKey, ofHash, ofNumber, put, remove, size, slot };
