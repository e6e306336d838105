"use strict";

// Added to the engine by our build: what a table holds. The keys 1, 2, 3 ... are an array as long as they come in that order, all others
// are entries of a list, with a Map once they are many. `next` walks in the order of insertion: an entry knows how many elements of the
// array came before it. Removed keys stay known until a key is added, so that a walk may remove what it visits.

const { constant_types } = require("./defs.js");
const lobject = require("./lobject.js");

const { LUA_TNIL, LUA_TNUMFLT, LUA_TNUMINT } = constant_types;

/** Entries that are looked through one by one. */
const FEW = 8;
/** Runs that a table may have and still have an array. */
const RUNS = 16;
/** Stands in for an array that was never needed; made of objects, as the others are. */
const NONE = [null];
NONE.pop();

class Entry {
  constructor(hash, type, key, value, run) {
    this.hash = hash;
    this.type = type; /* of the key */
    this.key = key;
    this.value = value; /* undefined once it is removed */
    this.run = run; /* undefined for entries that came before the array */
    this.p = undefined;
    this.n = undefined;
  }
}

/** Entries that follow each other and came after the same element of the array. */
class Run {
  constructor(after, first) {
    this.after = after; /* index of that element */
    this.first = first;
    this.into = undefined; /* the run it has become a part of */
  }
}

/** Index of the element that an entry came after. */
const afterOf = (entry) => {
  let { run } = entry;
  if (run === undefined) return 0;
  while (run.into !== undefined) run = run.into;
  return run.after;
};

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

/** Put an entry into the list, before another or at its end. */
const link = (t, entry, before) => {
  const last = before === undefined ? t.l : before.p;
  entry.p = last;
  entry.n = before;
  if (last === undefined) t.f = entry;
  else last.n = entry;
  if (before === undefined) t.l = entry;
  else before.p = entry;
  t.count++;
  if (typeof entry.hash === "number") t.numbers++;
  if (t.map !== undefined) t.map.set(entry.hash, entry);
  else if (t.count > FEW) {
    t.map = new Map();
    for (let e = t.f; e !== undefined; e = e.n) t.map.set(e.hash, e);
  }
};

/** The array becomes entries. Costs its length and no more, however many entries there are. */
const dissolve = (t) => {
  const { array } = t;
  const runs = t.runs ?? [];
  t.array = NONE;
  t.holes = t.longest = 0;
  t.runs = undefined;
  let at = 0;
  for (let i = 1; i <= array.length; i++) {
    while (at < runs.length && runs[at].after < i) at++;
    const before = at < runs.length ? runs[at].first : undefined;
    const value = array[i - 1];
    if (value.type !== LUA_TNIL) link(t, new Entry(i, LUA_TNUMINT, i, value, undefined), before);
  }
  for (const run of runs) run.after = 0;
};

const addEntry = (t, hash, type, key, value) => {
  let after = t.array.length;
  let run;
  if (after > 0) {
    t.runs ??= [];
    run = t.runs[t.runs.length - 1];
    if (run === undefined || run.after !== after) {
      run = undefined;
      if (t.runs.length === RUNS) {
        dissolve(t);
        after = 0;
      }
    }
  }
  const entry = new Entry(hash, type, key, value, run);
  if (after > 0 && run === undefined) {
    entry.run = new Run(after, entry);
    t.runs.push(entry.run);
  }
  link(t, entry, undefined);
};

/** Entries that came after elements which are gone now come before the next element, and before the next entry. */
const lower = (runs, length) => {
  let run = runs.pop();
  while (runs.length > 0 && runs[runs.length - 1].after >= length) {
    run.into = runs.pop();
    run = run.into;
  }
  run.after = length;
  if (length > 0) runs.push(run);
};

/** Before a key is added: what was removed can no longer be asked for, and elements that come again must be walked last. */
const settle = (t) => {
  t.dead = t.deadobjects = undefined;
  if (t.holes > 0) dissolve(t);
  const { runs } = t;
  const { length } = t.array;
  if (runs !== undefined && runs.length > 0 && runs[runs.length - 1].after > length) lower(runs, length);
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

/** Number of the first run that comes after element `after`. */
const runAt = (runs, after) => {
  let at = 0;
  while (at < runs.length && runs[at].after < after) at++;
  return at;
};

const removeEntry = (t, entry) => {
  const { p, n, hash } = entry;
  const after = afterOf(entry);
  if (after > 0 && (p === undefined || afterOf(p) !== after)) {
    const at = runAt(t.runs, after);
    if (n !== undefined && afterOf(n) === after) t.runs[at].first = n;
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
      array[hash - 1].type = LUA_TNIL;
      array[hash - 1].value = hash; /* where to look for the next element that is there */
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

/** Number of elements before the first that is there from `at` on, but at most `end`. Remembers it in the holes on its way. */
const skip = (array, at, end) => {
  let to = at;
  while (to < end && array[to].type === LUA_TNIL) to = array[to].value;
  for (let i = at; i < to && i < end; ) {
    const slot = array[i];
    i = slot.value;
    slot.value = to;
  }
  return to;
};

/**
 * What follows an entry, or else the element `index` (0: what comes first): an entry, the index of an element, or undefined.
 */
const following = (t, entry, index) => {
  const { array, runs } = t;
  let at = index;
  let next;
  if (entry !== undefined) {
    at = afterOf(entry);
    next = entry.n;
    while (next !== undefined && next.value === undefined) next = next.n;
  } else if (index === 0) next = t.f;
  else if (runs !== undefined) next = runs[runAt(runs, index)]?.first;
  let end = array.length;
  if (next !== undefined) end = Math.min(end, afterOf(next));
  if (at < end) {
    if (array[at].type !== LUA_TNIL) return at + 1;
    at = skip(array, at, end);
    if (at < end) return at + 1;
  }
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
