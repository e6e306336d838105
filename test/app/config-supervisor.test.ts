/** Entries of kind process.supervisor: what is read, and every mistake at its line and column. */
import { describe, expect, test } from "vitest";
import { loadEntries, problemsIn, problemsOf } from "./fixtures/config/app.js";

/** Lines 3 to 8. */
const parts = `  - {name: pool, kind: process.host}
  - {name: flows, kind: process.host, journal: {driver: lmdb, path: flows.mdb}}
  - {name: desk, kind: process.lua, source: return 10}
  - {name: order, kind: workflow.lua, source: return 10, meta: {default_host: flows}}
`;

const tree = (fields: string): string => `${parts}  - name: tree
    kind: process.supervisor
    lifecycle: {auto_start: true}
${fields}`;

describe("process.supervisor", () => {
  test("reads a tree, with every id made a full one", async () => {
    const config = await loadEntries(
      tree(`    host: pool
    strategy: rest_for_one
    intensity: 3
    period: 10s
    children:
      - {id: a, process: desk}
      - id: in
        host: flows
        name: inner
        children:
          - {id: b, process: desk, host: pool}
          - {id: c, process: order, name: the order}
`),
    );
    expect(config.entries.get("app:tree")).toMatchObject({
      host: "app:pool",
      spec: {
        strategy: "rest_for_one",
        intensity: 3,
        period: "10s",
        children: [
          { id: "a", process: "app:desk" },
          {
            id: "in",
            host: "app:flows",
            children: [
              { id: "b", process: "app:desk", host: "app:pool" },
              { id: "c", process: "app:order", name: "the order" },
            ],
          },
        ],
      },
      lifecycle: { autoStart: true },
    });
    expect([...config.dependencies.get("app:tree")!].sort()).toEqual([
      "app:desk",
      "app:flows",
      "app:order",
      "app:pool",
    ]);
    expect(config.warnings).toEqual([]);
  });

  test("names every mistake of a tree at its place", async () => {
    expect(
      await problemsIn(
        tree(`    host: pool
    strategy: one_for_none
    intensity: 1.5
    children:
      - {id: a, process: desk, shutdwon: 5s}
      - {id: a, process: desk, shutdown: soon}
      - {process: desk}
      - {id: in, children: [{id: x, process: desk, backoff: {jitter: 2}}]}
`),
      ),
    ).toEqual([
      '11:15: app:tree: "strategy" must be one of one_for_one, one_for_all, rest_for_one, simple_one_for_one',
      '12:16: app:tree: "intensity" must be a whole number of at least 0',
      '14:32: app:tree: unknown key "shutdwon" in "children[0]" (did you mean "shutdown"?); allowed keys: id, process, host, args, name, restart, shutdown, type, backoff, context, options, strategy, intensity, period, children',
      '15:14: app:tree: "children[1].id" is taken: there is another child with id "a"',
      '15:42: app:tree: "children[1].shutdown" must be a duration such as "5s" or "kill" or "infinity"',
      `16:9: app:tree: "children[2].id" is required: the child's name within its supervisor`,
      '17:70: app:tree: "children[3].children[0].backoff.jitter" must be a fraction between 0 and 1',
    ]);
  });

  test("names what a child refers to and is not there, at any depth", async () => {
    expect(
      await problemsIn(
        tree(`    host: pol
    children:
      - {id: a, process: dsk}
      - {id: in, host: desk, children: [{id: x, process: pool}]}
`),
      ),
    ).toEqual([
      '10:11: app:tree: "host" names app:pol, which does not exist; it must be the id of a process.host (did you mean "app:pool"?)',
      '12:26: app:tree: "children[0].process" names app:dsk, which does not exist; it must be the id of one of process.lua, workflow.lua (did you mean "app:desk"?)',
      '13:24: app:tree: "children[1].host" names app:desk, which is a process.lua; it must be the id of one of process.host, temporal.worker',
      '13:58: app:tree: "children[1].children[0].process" names app:pool, which is a process.host; it must be the id of one of process.lua, workflow.lua',
    ]);
  });

  test("asks for a name on a durable host, for a durable host for a workflow, and for one child of a name", async () => {
    expect(
      await problemsIn(
        tree(`    host: pool
    children:
      - {id: a, process: desk, host: flows}
      - {id: b, process: order, name: b}
      - {id: in, host: flows, name: in, children: [{id: x, process: desk, name: b}, {id: y, process: desk, host: pool}]}
      - {id: many, host: flows, name: many, strategy: simple_one_for_one, children: [{id: x, process: order}]}
`),
      ),
    ).toEqual([
      '12:9: app:tree: missing "name": app:flows is a durable host, where a child is found again by its name',
      "13:26: app:tree: app:order is a workflow.lua and needs a durable host; app:pool keeps its processes in memory",
      '14:81: app:tree: the name "b" is also that of another child of it; give one of them another',
    ]);
  });

  test("refuses a supervisor on a worker of Temporal", async () => {
    const temporal = `  - {name: client, kind: temporal.client, address: "localhost:7233"}
  - {name: worker, kind: temporal.worker, client: client, task_queue: q}
`;
    const fields = "    host: pool\n    children: [{id: in, host: worker, name: in, children: []}]\n";
    expect(await problemsIn(tree(fields) + temporal)).toEqual([
      "11:16: app:tree: a child with children is a supervisor, which cannot run on app:worker, a temporal.worker; give it another host",
    ]);
  });

  test("refuses an entry with the id of the built-in supervisor", async () => {
    const text = "namespace: perdure\nentries:\n  - {name: supervisor, kind: process.lua, source: return 1}\n";
    expect(await problemsOf({ "_index.yaml": text })).toEqual([
      "_index.yaml:3:12: perdure:supervisor: this is the id of Perdure's own supervisor; give the entry another",
    ]);
  });

  test("says that nothing starts one without auto_start", async () => {
    const config = await loadEntries(`${parts}  - {name: tree, kind: process.supervisor, host: pool, children: []}\n`);
    expect(config.warnings.map(({ message }) => message)).toEqual([
      'app:tree: nothing starts this supervisor, as "lifecycle.auto_start" is not true',
    ]);
  });

  test("needs a host", async () => {
    expect(await problemsIn(tree("    children: []\n"))).toEqual([
      '7:5: app:tree: missing "host", which must be the id of a process.host',
    ]);
  });
});
