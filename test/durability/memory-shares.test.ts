/** Who gets the next turn of a thread: messages, starts, and programs that compute. */
import { describe, expect, it } from "vitest";
import { Scheduler, type Turn, type TurnEnd } from "../../durability/memory/index.js";
import { VirtualClock } from "../support/fakes.js";

/** A scheduler, and a log of the turns that it gives. */
function stage() {
  const clock = new VirtualClock();
  const scheduler = new Scheduler(clock);
  const turns: string[] = [];
  const turn = (name: string, take: (own: Turn) => TurnEnd = () => false): Turn => {
    const own: Turn = {
      queued: false,
      turn: () => {
        turns.push(name);
        return turns.length < 10_000 ? take(own) : false;
      },
    };
    return own;
  };
  const count = (name: string): number => turns.filter((one) => one === name).length;
  return { clock, scheduler, turns, turn, count };
}

describe("a macrotask", () => {
  it("is one at a time, however often somebody asks for the end of one", () => {
    const clock = new VirtualClock();
    let due = 0;
    const scheduler = new Scheduler({
      now: () => clock.now(),
      timer: (delayMs, fire) => clock.timer(delayMs, fire),
      soon: (run) => {
        due++;
        clock.soon(() => {
          due--;
          run();
        });
      },
    });
    let ends = 0;
    for (let i = 0; i < 20; i++) {
      scheduler.enqueue({ queued: false, turn: () => false });
      scheduler.afterTurns(() => ends++);
      expect(due).toBe(1);
      clock.settle(1);
    }
    expect(ends).toBe(20);
  });
});

describe("turns", () => {
  it("of programs that compute come between those of others, neither waits for all of the other", () => {
    const { clock, scheduler, turns, turn, count } = stage();
    for (let i = 0; i < 100; i++) scheduler.enqueue(turn("computes", () => "computing"));
    scheduler.enqueue(turn("reads", () => true));
    clock.settle(1_000);
    expect(count("computes")).toBeGreaterThan(200);
    expect(count("reads")).toBeGreaterThan(5_000);
    const gaps = turns.slice(200, 9_000).join("").split("reads");
    expect(Math.max(...gaps.map((gap) => gap.length / "computes".length))).toBeLessThanOrEqual(1);
  });

  it("of a start and of who was started come next, in the order in which they were asked for", () => {
    const { clock, scheduler, turns, turn } = stage();
    const begin = (name: string, ...below: string[]): void =>
      scheduler.begin(
        turn(name, () => {
          for (const one of below) begin(`${name}.${one}`);
          return false;
        }),
      );
    scheduler.enqueue(
      turn("parent", () => {
        begin("a", "1", "2");
        begin("b", "1");
        return false;
      }),
    );
    scheduler.enqueue(turn("other"));
    clock.settle(5);
    expect(turns).toEqual(["parent", "a", "a.1", "a.2", "b", "b.1", "other"]);
  });

  it("are not kept from anybody by starts without end", () => {
    const { clock, scheduler, turn, count } = stage();
    const fork = (): false => {
      scheduler.begin(turn("fork", fork));
      return false;
    };
    fork();
    scheduler.enqueue(turn("reads", () => true));
    clock.settle(50);
    expect(count("reads")).toBeGreaterThan(100);
    expect(count("fork")).toBeGreaterThan(5_000);
  });
});
