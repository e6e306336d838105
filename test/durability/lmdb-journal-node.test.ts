/** An LMDB journal in a process of its own that is killed, traced by system call, or runs out of disk. The compiled driver. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openLmdbJournal } from "../../durability/journal/lmdb/index.js";
import { Random } from "../support/random.js";
import { commitOf } from "./journal-contract.js";

const script = fileURLToPath(new URL("lmdb-journal-node.mjs", import.meta.url));
const deaf = { health: () => undefined, lost: () => undefined };

let folder: string;
let files = 0;
const newPath = () => join(folder, `${++files}.lmdb`);
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "perdure-lmdb-node-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Node {
  readonly child: ChildProcess;
  /** Lines so far. */
  readonly lines: string[];
  /** The first line, also of those to come, that begins so; rejects when the process ends without it. */
  line(start: string): Promise<string>;
}

function start(command: string, args: readonly string[]): Node {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const lines: string[] = [];
  let errors = "";
  child.stderr!.on("data", (data: Buffer) => {
    errors += data;
  });
  const reader = createInterface({ input: child.stdout! });
  reader.on("line", (line) => lines.push(line));
  const line = (start: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find((each) => each.startsWith(start));
        if (found !== undefined) resolve(found);
      };
      look();
      reader.on("line", look);
      reader.once("close", () =>
        reject(new Error(`ended without "${start}": ${lines.slice(-5).join("; ")} ${errors}`)),
      );
    });
  return { child, lines, line };
}

const startNode = (path: string, mode: string, ...rest: string[]) =>
  start(process.execPath, [script, path, mode, ...rest]);

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "close");
  child.kill("SIGKILL");
  await ended;
}

const noStrace = "strace shows the system calls; Linux only: apt-get install strace";
const has = (command: string) => spawnSync(command, ["--version"]).error === undefined;

describe("the owner of an LMDB journal in another process", () => {
  it("is named to whoever comes second, and a kill -9 frees the file at once", async () => {
    const path = newPath();
    const holder = startNode(path, "hold");
    expect(await holder.line("claimed")).toBe("claimed 1 0");

    const rival = startNode(path, "hold");
    const refusal = await rival.line("refused");
    expect(refusal).toContain(`JournalError CONFLICT journal file ${path} is held by process ${holder.child.pid}`);
    expect(refusal).toContain(` on ${hostname()} since 20`);
    const here = await openLmdbJournal({ path, events: deaf });
    await expect(here.claim()).rejects.toMatchObject({
      kind: "CONFLICT",
      message: expect.stringContaining(`process ${holder.child.pid}`),
    });

    await kill(holder.child);
    expect((await here.claim()).epoch).toBe(2);
    expect(await here.commit(commitOf(1, [{}]))).toEqual({ kind: "committed" });
    await here.close(1000);
  });

  it("is also named when it is stopped and cannot answer", async () => {
    const path = newPath();
    const holder = startNode(path, "hold");
    await holder.line("claimed");
    holder.child.kill("SIGSTOP");
    const here = await openLmdbJournal({ path, events: deaf });
    await expect(here.claim()).rejects.toMatchObject({
      kind: "CONFLICT",
      message: expect.stringContaining("another process that does not answer"),
    });
    await here.close(0);
  });

  it("wins alone when several start together", async () => {
    const path = newPath();
    const nodes = Array.from({ length: 4 }, () => startNode(path, "hold"));
    const said = await Promise.all(nodes.map(({ line }) => Promise.any([line("claimed"), line("refused")])));
    expect(said.filter((line) => line.startsWith("claimed"))).toHaveLength(1);
    expect(said.filter((line) => line.startsWith("refused JournalError CONFLICT"))).toHaveLength(3);
  });
});

describe("an owner that got past the lock", () => {
  // As two containers with a volume in common can: their local sockets do not see each other.
  it("fences the one before it by the epoch in the file", async () => {
    const path = newPath();
    const lost: string[] = [];
    const journal = await openLmdbJournal({
      path,
      events: { ...deaf, lost: (why, detail) => lost.push(`${why} ${detail}`) },
    });
    await journal.claim();
    await journal.commit(commitOf(1, [{ id: "a", records: ["1"] }]));
    const rival = `
      import { open } from "lmdb";
      const binary = { encoding: "binary", keyEncoding: "binary" };
      const root = open({ path: process.argv[1], noSubdir: true, overlappingSync: false, maxDbs: 8, ...binary });
      const meta = root.openDB("perdure", binary);
      const owner = Buffer.from(meta.get(Buffer.from("owner")));
      owner.writeDoubleBE(owner.readDoubleBE(0) + 1, 0);
      await meta.put(Buffer.from("owner"), owner);
      await root.close();`;
    const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", rival, path], { encoding: "utf8" });
    expect(stderr).toBe("");
    const late = await Promise.all(
      [2, 3].map((number) => journal.commit(commitOf(number, [{ id: "a", records: ["no"] }]))),
    );
    expect(late.map((result) => (result.kind === "superseded" ? result.why : result.kind))).toEqual([
      "fenced",
      "fenced",
    ]);
    expect(lost).toEqual([`fenced ${path} has epoch 2, this owner 1`]);
    expect(await journal.claim()).toMatchObject({ epoch: 3, head: 1 });
    expect(await journal.read(["a"])).toEqual([["1"]]);
    await journal.close(1000);
  });
});

describe("a kill -9 at any moment", () => {
  it("keeps every acknowledged commit, whole and in order, and at most those handed over", async () => {
    const path = newPath();
    const seed = Number(process.env.PERDURE_SEED ?? 1);
    const random = new Random(seed);
    let head = 0;
    for (let round = 1; round <= 8; round++) {
      const inFlight = random.pick([1, 20, 100]);
      const node = startNode(path, "write", String(inFlight), String(random.pick([10, 200, 20_000])));
      expect(await node.line("claimed")).toBe(`claimed ${2 * round - 1} ${head}`);
      const target = head + 1 + random.below(300);
      await node.line(`committed ${target}`);
      await kill(node.child);
      const acknowledged = Math.max(
        ...node.lines.filter((line) => /^committed \d+$/.test(line)).map((line) => Number(line.slice(10))),
      );

      const journal = await openLmdbJournal({ path, events: deaf });
      const image = await journal.claim();
      expect(image.head, `seed ${seed}, round ${round}`).toBeGreaterThanOrEqual(acknowledged);
      expect(image.head).toBeLessThanOrEqual(acknowledged + inFlight);
      head = image.head;
      const ids = [0, 1, 2, 3, 4, 5, 6].map((i) => `p${i}`);
      const found = (await journal.read(ids)).map((texts) => texts.map((text) => Number.parseInt(text, 10)));
      const expected = ids.map((_, i) => Array.from({ length: head }, (_, n) => n + 1).filter((n) => n % 7 === i));
      expect(found).toEqual(expected);
      for (const [i, id] of ids.entries()) {
        const last = expected[i]!.at(-1);
        expect(image.states.get(id)).toBe(last === undefined ? undefined : `${last}`);
      }
      await journal.close(1000);
    }
  });
});

describe("an acknowledgement", () => {
  it.skipIf(!has("strace"))(
    "comes after the data and then the meta page were flushed: by the system calls",
    async () => {
      const calls = await trace("traced");
      for (const number of [1, 2, 3]) {
        const between = calls.slice(indexOf(calls, `commit ${number}`), indexOf(calls, `acknowledged ${number}`));
        const kinds = between.map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind !== "other")).toEqual([
          ...kinds.filter((kind) => kind === "write data"),
          "flush",
          "write meta and flush",
        ]);
        expect(kinds).toContain("write data");
      }
    },
  );

  it("without sync waits for no flush", async ({ skip }) => {
    skip(!has("strace"), noStrace);
    const calls = await trace("unsynced");
    const between = calls.slice(indexOf(calls, "commit 1"), indexOf(calls, "acknowledged 1")).map(({ kind }) => kind);
    expect(between).toContain("write data");
    expect(between).not.toContain("flush");
    expect(between).not.toContain("write meta and flush");
  });
});

interface Call {
  readonly kind: "write data" | "flush" | "write meta and flush" | "other";
  readonly text: string;
}

const indexOf = (calls: readonly Call[], line: string) => calls.findIndex(({ text }) => text.includes(`"${line}\\n"`));

/** What a node did to its data file and wrote to its output, in the order in which the calls returned. */
async function trace(mode: string): Promise<readonly Call[]> {
  const path = newPath();
  const output = `${path}.trace`;
  const watched = "trace=openat,close,write,writev,pwrite64,pwritev,fsync,fdatasync,msync,sync_file_range";
  const node = start("strace", [
    "-f",
    "-y",
    "-s",
    "64",
    "-e",
    watched,
    "-o",
    output,
    process.execPath,
    script,
    path,
    mode,
  ]);
  await node.line("acknowledged 3");
  await once(node.child, "close");
  const unfinished = new Map<string, string>();
  const synced = new Set<string>();
  const calls: Call[] = [];
  for (const line of (await readFile(output, "utf8")).split("\n")) {
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith("<unfinished ...>")) {
      unfinished.set(thread, rest.slice(0, -"<unfinished ...>".length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const text = resumed === null ? rest : `${unfinished.get(thread) ?? ""}${resumed[1]}`;
    const opened = /^openat\(.*O_DSYNC.* = (\d+)</.exec(text);
    if (opened !== null && text.includes(path)) synced.add(opened[1]!);
    const [, name = "", file = "", of = ""] = /^(\w+)\((\d+)<([^>]*)>/.exec(text) ?? [];
    calls.push({ kind: of === path ? kindOf(name, synced.has(file)) : "other", text });
  }
  return calls;
}

function kindOf(name: string, opensSynced: boolean): Call["kind"] {
  if (/^(fdatasync|fsync|msync)$/.test(name)) return "flush";
  if (!name.includes("write")) return "other";
  return opensSynced ? "write meta and flush" : "write data";
}

describe("a disk that is full", () => {
  // A limit on the size of a file stands in for the disk; prlimit (util-linux, Linux only) lifts it again.
  it.skipIf(!has("prlimit"))(
    "holds commits back, is reported once, and loses nothing when there is room again",
    async () => {
      const path = newPath();
      const limit = "trap '' XFSZ; ulimit -S -f 2000; exec \"$@\"";
      const node = start("bash", ["-c", limit, "bash", process.execPath, script, path, "write", "5", "50000"]);
      const report = await node.line("health");
      expect(report).toMatch(/^health down (disk_full|io_error): journal file .*\.lmdb: /);
      const before = node.lines.filter((line) => line.startsWith("committed")).length;
      spawnSync("prlimit", ["--pid", String(node.child.pid), "--fsize=unlimited"]);
      await node.line("health up");
      await node.line(`committed ${before + 200}`);
      await kill(node.child);
      expect(node.lines.filter((line) => line.startsWith("health"))).toHaveLength(2);
      const numbers = node.lines.filter((line) => line.startsWith("committed")).map((line) => Number(line.slice(10)));
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
      const journal = await openLmdbJournal({ path, events: deaf });
      expect((await journal.claim()).head).toBeGreaterThanOrEqual(numbers.length);
      await journal.close(1000);
    },
  );
});
