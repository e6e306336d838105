/** The LMDB driver passes the driver contract, owns its file alone, acknowledges what is on the disk, and survives what a disk does. */
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JournalEvents, JournalHealth, Superseded } from "../../durability/journal/journal.js";
import { compactLmdbJournal, type LmdbFileJournal, openLmdbJournal } from "../../durability/journal/lmdb/index.js";
import { commitOf, describeJournal } from "./journal-contract.js";

let folder: string;
let files = 0;
const newPath = () => join(folder, `${++files}.lmdb`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "perdure-lmdb-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const deaf: JournalEvents = { health: () => undefined, lost: () => undefined };

for (const sync of [true, false]) {
  describeJournal(
    sync ? "lmdb" : "lmdb without sync",
    async () => {
      const path = newPath();
      return {
        second: "refused",
        open: (events) => openLmdbJournal({ path, sync, events }),
        dispose: () => rm(path, { force: true }),
      };
    },
    { runs: sync ? 30 : 10 },
  );
}

async function claimed(path: string, events = deaf): Promise<LmdbFileJournal> {
  const journal = await openLmdbJournal({ path, events });
  await journal.claim();
  return journal;
}

describe("the file of an LMDB journal", () => {
  it("is created with its folders", async () => {
    const path = join(folder, "a", "b c", "d.lmdb");
    const journal = await claimed(path);
    await journal.close(1000);
    expect((await stat(path)).isFile()).toBe(true);
  });

  it("has one owner, and whoever comes second is told who that is", async () => {
    const path = newPath();
    const first = await claimed(path);
    const second = await openLmdbJournal({ path, events: deaf });
    const refusal = await second.claim().catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: "JournalError", kind: "CONFLICT" });
    const since = String.raw`since \d{4}-\d\d-\d\dT\S+Z`;
    expect((refusal as Error).message).toMatch(new RegExp(`${path}.* held by process ${process.pid} on .* ${since}`));
    await second.close(0);
    await first.close(1000);
    // The one that was refused took nothing with it.
    await (await claimed(path)).close(1000);
  });

  it.each([
    ["text", "hello, I am no database\n"],
    ["an empty first page", "\0".repeat(8192)],
    ["other bytes", "\x07".repeat(20_000)],
  ])("is refused by its name when it holds %s, and left as it was", async (_, content) => {
    const path = newPath();
    await writeFile(path, content);
    const journal = await openLmdbJournal({ path, events: deaf });
    await expect(journal.claim()).rejects.toMatchObject({ kind: "INVALID", message: expect.stringContaining(path) });
    await journal.close(0);
    expect(await readFile(path, "utf8")).toBe(content);
  });

  it("is refused when it was cut off, or is another program's", async () => {
    const path = newPath();
    await (await claimed(path)).close(1000);
    await truncate(path, 5000);
    await expect(claimed(path)).rejects.toMatchObject({ kind: "INVALID", message: expect.stringContaining("cut off") });

    const other = newPath();
    const { open } = await import("lmdb");
    const root = open({ path: other, noSubdir: true, overlappingSync: false });
    await root.put("theirs", 1);
    await root.close();
    await expect(claimed(other)).rejects.toMatchObject({
      kind: "INVALID",
      message: expect.stringContaining("other data"),
    });
  });

  it("cannot be had where no file can be", async () => {
    const file = newPath();
    await writeFile(file, "");
    await expect(claimed(join(file, "below", "it"))).rejects.toMatchObject({ kind: "UNAVAILABLE" });
    await expect(claimed(folder)).rejects.toMatchObject({
      kind: "UNAVAILABLE",
      message: expect.stringContaining(folder),
    });
  });

  it("can be claimed again by the same journal once what was wrong is mended", async () => {
    const path = newPath();
    await writeFile(path, "no database");
    const journal = await openLmdbJournal({ path, events: deaf });
    await expect(journal.claim()).rejects.toMatchObject({ kind: "INVALID" });
    await rm(path);
    expect((await journal.claim()).head).toBe(0);
    expect(await journal.commit(commitOf(1, [{}]))).toEqual({ kind: "committed" });
    await journal.close(1000);
  });

  it("grows past the map it began with", async () => {
    const path = newPath();
    const journal = await openLmdbJournal({ path, mapSize: 1 << 20, events: deaf });
    await journal.claim();
    const text = "x".repeat(1 << 20);
    for (let number = 1; number <= 10; number++) {
      const result = await journal.commit(commitOf(number, [{ id: "a", records: [text] }]));
      expect(result).toEqual({ kind: "committed" });
    }
    expect((await journal.read(["a"]))[0]!.every((each) => each === text)).toBe(true);
    await journal.close(1000);
  });

  it("keeps the epoch above all earlier ones of an instance, and its lost is called once for each claim", async () => {
    const path = newPath();
    const lost: Superseded[] = [];
    const health: JournalHealth[] = [];
    const journal = await claimed(path, { health: (each) => health.push(each), lost: (why) => lost.push(why) });
    const late = [5, 6].map((number) => journal.commit(commitOf(number, [])));
    expect((await Promise.all(late)).map(({ kind }) => kind)).toEqual(["superseded", "superseded"]);
    expect(lost).toEqual(["rolled_back"]);
    expect((await journal.claim()).epoch).toBe(2);
    expect(await journal.commit(commitOf(9, []))).toMatchObject({ why: "rolled_back" });
    expect(lost).toEqual(["rolled_back", "rolled_back"]);
    expect(health).toEqual([]);
    await journal.close(1000);
  });
});

describe("compaction of an LMDB journal", () => {
  async function filled(path: string): Promise<void> {
    const journal = await claimed(path);
    const text = "y".repeat(100_000);
    for (let number = 1; number <= 50; number++) {
      await journal.commit(commitOf(number, [{ id: `p${number}`, records: [text], state: `${number}` }]));
    }
    const forgotten = Array.from({ length: 49 }, (_, i) => ({ id: `p${i + 1}`, state: undefined }));
    await journal.commit(commitOf(51, forgotten, { sources: [["h", "return 1"]] }));
    const { sizeBytes, freeBytes, processes } = await journal.stats();
    expect(processes).toBe(1);
    expect(sizeBytes).toBeGreaterThan(5_000_000);
    expect(sizeBytes).toBe((await stat(path)).size);
    expect(freeBytes).toBeGreaterThan(sizeBytes * 0.9);
    await journal.close(1000);
  }

  it("makes the file small and keeps what is in it", async () => {
    const path = newPath();
    await filled(path);
    const { beforeBytes, afterBytes } = await compactLmdbJournal(path);
    expect(beforeBytes).toBeGreaterThan(5_000_000);
    expect(afterBytes).toBeLessThan(300_000);
    expect((await stat(path)).size).toBe(afterBytes);
    const journal = await openLmdbJournal({ path, events: deaf });
    const image = await journal.claim();
    expect(image).toEqual({ epoch: 2, head: 51, states: new Map([["p50", "50"]]), sources: ["h"] });
    expect((await journal.read(["p50"]))[0]![0]).toHaveLength(100_000);
    expect(await journal.commit(commitOf(52, [{ id: "new" }]))).toEqual({ kind: "committed" });
    await journal.close(1000);
  });

  it("needs the file for itself, and a file", async () => {
    const path = newPath();
    const journal = await claimed(path);
    await expect(compactLmdbJournal(path)).rejects.toMatchObject({
      kind: "CONFLICT",
      message: expect.stringContaining(`process ${process.pid}`),
    });
    expect(await journal.commit(commitOf(1, [{}]))).toEqual({ kind: "committed" });
    await journal.close(1000);
    await expect(compactLmdbJournal(newPath())).rejects.toMatchObject({ kind: "INVALID" });
  });

  it("begins anew where an earlier one was interrupted", async () => {
    const path = newPath();
    await filled(path);
    await writeFile(`${path}.compact`, "half a copy");
    await compactLmdbJournal(path);
    await expect(stat(`${path}.compact`)).rejects.toMatchObject({ code: "ENOENT" });
    const journal = await claimed(path);
    expect((await journal.stats()).processes).toBe(1);
    await journal.close(1000);
  });
});
