/** What worker threads are made of: batches and their back-pressure, who lives, and the bonds over the border. */
import { describe, expect, it } from "vitest";
import { Ledger } from "../../durability/memory/workers/ledger.js";
import { Living } from "../../durability/memory/workers/living.js";
import { Post } from "../../durability/memory/workers/post.js";
import { type Row, rowKind } from "../../durability/memory/workers/rows.js";
import { accepted, type Envelope, makePid, type Signal, unreachable } from "../../mailbox/index.js";
import { Random } from "../support/random.js";

describe("a post", () => {
  const message = (text: string): Row => [rowKind.message, "0x00001.4", "0x00002.2", "n", [text]];
  const exit: Signal = { kind: "exit", via: "monitor", refs: [1], reason: { kind: "noproc" } };

  it("wakes its owner for the first row, and when a batch is full", () => {
    const woken: boolean[] = [];
    const post = new Post((isFull) => {
      woken.push(isFull);
      if (isFull) post.take();
    });
    for (let i = 0; i < 513; i++) post.push(message("a"));
    expect(woken).toEqual([false, true, false]);
    expect(post.take()).toMatchObject({ rows: 1 });
    expect(post.take()).toBeUndefined();
  });

  it("lets no full batch go in the middle of obituaries", () => {
    const post = new Post((isFull) => expect(isFull).toBe(false));
    for (let i = 0; i < 2000; i++) post.push([rowKind.signal, "0x00001.4", "0x00002.2", 0, null, 0, exit]);
    expect(JSON.parse(post.take()!.text)).toHaveLength(2000);
  });

  it("has its senders wait past its limit, until half of it has been taken over", async () => {
    const post = new Post(() => {});
    expect(post.answer()).toBe(accepted);
    const large = "x".repeat(1024 * 1024);
    for (let i = 0; i < 40; i++) post.push(message(large));
    const answer = post.answer();
    expect(answer).toBeInstanceOf(Promise);
    const { rows, text } = post.take()!;
    post.credit(10, text.length / 4);
    post.credit(rows - 10, (text.length * 3) / 4);
    expect(await answer).toBe(accepted);
    expect(post.answer()).toBe(accepted);
  });

  it("answers those who wait when its thread is lost", async () => {
    const post = new Post(() => {});
    for (let i = 0; i < 40; i++) post.push(message("x".repeat(1024 * 1024)));
    const answer = post.answer();
    post.release(unreachable("lost"));
    expect(await answer).toMatchObject({ kind: "unreachable" });
  });
});

describe("who lives", () => {
  it("is what a set would say, and takes no memory for the dead", () => {
    const random = new Random(1);
    const living = new Living();
    const wanted = new Set<number>();
    let high = 0;
    for (let step = 0; step < 2000; step++) {
      if (random.chance(0.3)) {
        const next = high + random.below(40);
        for (let number = high + 1; number <= next; number++) wanted.add(number);
        high = next;
        living.raise(high);
      } else {
        const number = 1 + random.below(high + 5);
        expect(living.end(number)).toBe(wanted.delete(number));
      }
      expect(living.size).toBe(wanted.size);
    }
    expect(living.list()).toEqual([...wanted].sort((a, b) => a - b));
    const copy = new Living();
    copy.restore(living.high, living.list());
    expect(copy.list()).toEqual(living.list());
    for (const number of living.list()) living.end(number);
    expect(living.list()).toEqual([]);
    expect(living.has(high + 1)).toBe(false);
  });
});

describe("the ledger", () => {
  const here = makePid("n", "t:pool", "0x00001.2");
  const there = makePid("n", "t:pool", "0x00001.4");
  const envelope = (signal: Signal, isLeaving: boolean): Envelope => ({
    from: isLeaving ? here : there,
    incarnation: "n",
    to: isLeaving ? there : here,
    seq: 0,
    signal,
  });
  const lost = { kind: "failed", error: { kind: "UNAVAILABLE", message: "down" } } as const;

  it("says what the lost would have said, once", () => {
    const ledger = new Ledger();
    const note = (signal: Signal, isLeaving: boolean): void => ledger.note(2, envelope(signal, isLeaving), isLeaving);
    note({ kind: "link", ref: 1 }, true);
    note({ kind: "link", ref: 1 }, false);
    note({ kind: "monitor", ref: 2 }, true);
    note({ kind: "monitor", ref: 2 }, false);
    expect(ledger.lost(2, lost, "n").map(({ from, to, signal }) => [from, to, signal])).toEqual([
      [there, here, { kind: "exit", via: "link", refs: [-1], reason: lost }],
      [there, here, { kind: "exit", via: "link", refs: [1], reason: lost }],
      [there, here, { kind: "exit", via: "monitor", refs: [-2], reason: lost }],
      [there, here, { kind: "demonitor", refs: [2] }],
    ]);
    expect(ledger.lost(2, lost, "n")).toEqual([]);
  });

  it("forgets what has ended, from either side", () => {
    const ledger = new Ledger();
    const note = (signal: Signal, isLeaving: boolean): void => ledger.note(2, envelope(signal, isLeaving), isLeaving);
    note({ kind: "link", ref: 1 }, true);
    note({ kind: "unlink", refs: [1] }, true);
    note({ kind: "link", ref: 2 }, true);
    note({ kind: "unlink", refs: [-2] }, false);
    note({ kind: "monitor", ref: 3 }, true);
    note({ kind: "exit", via: "monitor", refs: [-3], reason: { kind: "noproc" } }, false);
    note({ kind: "monitor", ref: 4 }, false);
    note({ kind: "demonitor", refs: [4] }, false);
    note({ kind: "monitor", ref: 5 }, false);
    note({ kind: "exit", via: "monitor", refs: [-5], reason: { kind: "noproc" } }, true);
    expect(ledger.count(2)).toBe(0);
  });
});
