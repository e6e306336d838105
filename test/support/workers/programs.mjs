/** What runs on the worker threads of tests: Lua entries as they come with the start data, one that tells who is bound to whom, and two that do harm. Compiled code. */
/** Of this thread, those that live. */
const living = new Map();

const bonds = (table) => [...table.values()].map(({ pid, refs }) => [pid.text, refs]);

/** Who is on this thread, and bound to whom. */
export function standings() {
  for (const [text, self] of living) if (self.hasEnded) living.delete(text);
  return [...living.values()].map(({ pid, trapLinks, relations }) => ({
    pid: pid.text,
    traps: trapLinks,
    links: bonds(relations.links),
    watching: bonds(relations.watching),
    watchers: bonds(relations.watchers),
  }));
}

/** A program whose process is seen by `standings`. */
export function seen(program) {
  if ("kind" in program) return program;
  const init = program.init.bind(program);
  program.init = (self) => {
    living.set(self.pid.text, self);
    return init(self);
  };
  return program;
}

const harms = {
  exit: () => process.exit(3),
  throw: () => setImmediate(() => JSON.parse("this is no JSON")),
  fill: () => {
    const all = [];
    for (;;) all.push(new Array(100_000).fill(all.length));
  },
  spin: () => {
    for (;;);
  },
};

const entries = {
  "t:reporter": () => ({
    init: () => ({ state: null }),
    handle: (state, event) =>
      event.kind === "message"
        ? { state, commands: [{ kind: "reply", message: event, outcome: { ok: true, value: standings() } }] }
        : { state },
  }),
  "t:harm": () => ({
    init: () => ({ state: null }),
    handle: (state, event) => {
      if (event.kind === "message") harms[event.topic]();
      return { state };
    },
  }),
};

/** On a thread, with the compiled code. */
export async function openThread(data) {
  const [actors, lua] = await Promise.all([
    import("../../../dist/actors/index.js"),
    import("../../../dist/lua/index.js"),
  ]);
  return openPrograms({ ...actors, ...lua }, data);
}

export function openPrograms({ behaviourProgram, LuaRuntime }, { lua, mailboxes = {} }) {
  const runtime = new LuaRuntime();
  return {
    mailboxOf: (entry) => mailboxes[entry],
    load: ({ entry }) => {
      if (entry === "t:deadly") process.exit(4);
      if (entry in entries) return behaviourProgram(entries[entry]());
      const text = lua[entry];
      if (text === undefined) return { kind: "NOT_FOUND", message: "factory not found" };
      const source = { id: entry, kind: "process.lua", text, chunkName: entry, method: "main", imports: {} };
      const modules = ["process", "channel", "time", "pg", "supervisor"];
      return seen(runtime.program({ ...source, modules, hash: `${entry} ${text}` }, { sliceInstructions: 20_000 }));
    },
  };
}
