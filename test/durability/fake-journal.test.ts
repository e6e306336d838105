/** The fake journal passes the driver contract, and loses, fails and comes back where a test tells it to. */
import { describe, expect, it } from "vitest";
import type { CommitResult, JournalHealth, Superseded } from "../../durability/journal/journal.js";
import { FakeDisk, type FakeDiskOptions } from "../support/fake-journal.js";
import { VirtualClock } from "../support/virtual.js";
import { commitOf, describeJournal } from "./journal-contract.js";

describeJournal("fake", async () => {
  const disk = new FakeDisk();
  return { second: "fences", open: async (events) => disk.open(events), dispose: async () => undefined };
});

const committed: CommitResult = { kind: "committed" };

function open(disk: FakeDisk) {
  const lost: Superseded[] = [];
  const health: JournalHealth[] = [];
  return { lost, health, journal: disk.open({ health: (state) => health.push(state), lost: (why) => lost.push(why) }) };
}

async function claimed(options: FakeDiskOptions = {}) {
  const disk = new FakeDisk(options);
  const opened = open(disk);
  await opened.journal.claim();
  return { disk, ...opened };
}

/** What has settled by now. */
function watch<T>(promise: Promise<T>): { value: T | undefined } {
  const seen: { value: T | undefined } = { value: undefined };
  void promise.then((value) => {
    seen.value = value;
  });
  return seen;
}

const microtasks = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

const a = (number: number, text = `${number}`) => commitOf(number, [{ id: "a", records: [text], state: text }]);

describe("what is not synced", () => {
  it("is not answered, and gone after a crash", async () => {
    const { disk, journal } = await claimed({ sync: "manual" });
    const first = watch(journal.commit(a(1)));
    disk.sync();
    const second = watch(journal.commit(a(2)));
    await microtasks();
    expect(first.value).toEqual(committed);
    expect(second.value).toBeUndefined();
    expect(disk.unsynced).toBe(1);
    disk.crash();
    const next = open(disk).journal;
    expect((await next.claim()).head).toBe(1);
    expect(await next.read(["a"])).toEqual([["1"]]);
    expect(second.value).toBeUndefined();
  });

  it("survives a kill of the process alone, and in part a power failure", async () => {
    const { disk, journal } = await claimed({ sync: "manual" });
    for (let i = 1; i <= 5; i++) void journal.commit(a(i));
    disk.crash(2);
    expect(disk.records("a")).toEqual(["1", "2"]);
    const next = open(disk).journal;
    await next.claim();
    void next.commit(a(3));
    disk.crash(Number.POSITIVE_INFINITY);
    expect(disk.records("a")).toEqual(["1", "2", "3"]);
  });

  it("becomes durable after the delay of a virtual clock, many commits in one sync", async () => {
    const clock = new VirtualClock();
    const { disk, journal } = await claimed({ sync: { clock, delayMs: 5 } });
    const answers = [1, 2, 3].map((number) => watch(journal.commit(a(number))));
    clock.advance(4);
    await microtasks();
    expect(answers.map(({ value }) => value)).toEqual([undefined, undefined, undefined]);
    clock.advance(1);
    await microtasks();
    expect(answers.map(({ value }) => value)).toEqual([committed, committed, committed]);
    expect(disk.syncs).toBe(1);
    expect(disk.commits).toBe(3);
  });
});

describe("a crash", () => {
  it("before a commit loses it, after it only its answer", async () => {
    const { disk, journal } = await claimed();
    disk.plan("before commit", "crash", 1);
    await journal.commit(a(1));
    const lost = watch(journal.commit(a(2)));
    await microtasks();
    expect(lost.value).toBeUndefined();
    expect(disk.head).toBe(1);

    const next = open(disk).journal;
    expect((await next.claim()).head).toBe(1);
    disk.plan("after commit before acknowledge", "crash");
    const unanswered = watch(next.commit(a(2)));
    await microtasks();
    expect(unanswered.value).toBeUndefined();
    expect(disk.head).toBe(2);
    expect(disk.records("a")).toEqual(["1", "2"]);
  });

  it("leaves calls of the dead node unsettled and its events silent", async () => {
    const { disk, journal, lost, health } = await claimed();
    disk.plan("during read", "crash");
    const calls = [watch(journal.read(["a"])), watch(journal.claim()), watch(journal.commit(a(1)))];
    disk.usurp();
    disk.fail();
    await microtasks();
    await journal.close(100);
    expect(calls.map(({ value }) => value)).toEqual([undefined, undefined, undefined]);
    expect([lost, health]).toEqual([[], []]);
  });
});

describe("an outage", () => {
  it("holds commits back, rejects reads and claims, and is reported once", async () => {
    const { disk, journal, health } = await claimed();
    disk.plan("before commit", "fail");
    const answers = [1, 2].map((number) => watch(journal.commit(a(number))));
    await microtasks();
    expect(answers.map(({ value }) => value)).toEqual([undefined, undefined]);
    await expect(journal.read(["a"])).rejects.toMatchObject({ kind: "UNAVAILABLE" });
    await expect(journal.claim()).rejects.toMatchObject({ kind: "UNAVAILABLE" });
    disk.heal();
    disk.heal();
    await microtasks();
    expect(answers.map(({ value }) => value)).toEqual([committed, committed]);
    expect(health.map(({ state }) => state)).toEqual(["down", "up"]);
    expect(disk.records("a")).toEqual(["1", "2"]);
  });

  it("before the answer writes nothing twice", async () => {
    const { disk, journal } = await claimed();
    disk.plan("after commit before acknowledge", "fail");
    const answer = watch(journal.commit(a(1)));
    await microtasks();
    expect([answer.value, disk.head]).toEqual([undefined, 1]);
    disk.heal();
    await microtasks();
    expect(answer.value).toEqual(committed);
    expect(disk.records("a")).toEqual(["1"]);
  });
});

describe("a rollback or another owner", () => {
  it("is reported at once when the disk says so, and a new claim goes on from the copy", async () => {
    const { disk, journal, lost } = await claimed();
    await journal.commit(a(1));
    const copy = disk.copy();
    await journal.commit(a(2));
    disk.restore(copy);
    expect(lost).toEqual(["rolled_back"]);
    expect(await journal.commit(a(3))).toMatchObject({ kind: "superseded", why: "rolled_back" });
    const image = await journal.claim();
    expect([image.head, image.epoch]).toEqual([1, 2]);
    expect(await journal.commit(a(2, "again"))).toEqual(committed);
    expect(await journal.read(["a"])).toEqual([["1", "again"]]);
    disk.restore(copy);
    expect(lost).toEqual(["rolled_back", "rolled_back"]);
  });

  it("is noticed by the next commit when nobody says so", async () => {
    const { disk, journal, lost } = await claimed();
    const copy = disk.copy();
    await journal.commit(a(1));
    disk.restore(copy, { silent: true });
    expect(lost).toEqual([]);
    expect(await journal.commit(a(2))).toMatchObject({ why: "rolled_back" });
    await journal.claim();
    await journal.commit(a(1));
    disk.usurp();
    expect(await journal.commit(a(2))).toMatchObject({ why: "fenced" });
    expect(lost).toEqual(["rolled_back", "fenced"]);
  });
});
