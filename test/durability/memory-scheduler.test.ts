/** Many processes on one thread: each gets its turn. */
import { describe, expect, it } from "vitest";
import { spawnSpec } from "../../actors/index.js";
import { outside, type Script } from "../support/fakes.js";
import { idle, Node } from "./memory-node.js";

describe("fairness", () => {
  it("lets others run, and timers fire, while a process is busy", () => {
    let slices = 0;
    const node = new Node({ busy: { work: () => ++slices < 1_000_000 }, idle }, { maxSlices: 1e9 });
    const idler = node.start("idle");
    const spec = spawnSpec(outside, "", 99, { entry: "busy", host: "app:host" });
    node.host.spawn(spec);
    node.message(idler.self.pid, 1);
    const ticking = setTicking(node);
    node.clock.settle(3);
    expect(idler.messages).toHaveLength(1);
    expect(slices).toBeLessThan(10_000);
    ticking();
  });

  it("gives one place in the queue to a process that keeps itself busy", () => {
    const turns: string[] = [];
    const busily: Script = {
      work: (self) => {
        self.send(self.pid, "t", []);
        turns.push("slice");
        return turns.length < 100_000;
      },
    };
    const quietly: Script = {
      onMessage: (message, self) => {
        turns.push("quiet");
        self.send(self.pid, "t", message.payloads);
      },
    };
    const node = new Node({ chatty: busily, quiet: quietly }, { maxSlices: 1e9 });
    node.host.spawn(spawnSpec(outside, "", 98, { entry: "chatty", host: "app:host" }));
    setTicking(node);
    const quiet = node.start("quiet");
    turns.length = 0;
    node.message(quiet.self.pid, 1);
    node.clock.settle(200);
    const slices = turns.filter((turn) => turn === "slice").length;
    expect(slices).toBeLessThan(3 * (turns.length - slices));
  });

  it("ends a process that never waits, by counting its slices", () => {
    const node = new Node({ busy: { work: () => true } }, { maxSlices: 10 });
    const busy = node.start("busy");
    expect(busy.halts).toBe(1);
    expect(node.seen).toEqual(["spawn 0x00001", "exit 0x00001 failed"]);
  });

  it("goes on with the others after a turn threw, which no turn should", () => {
    const node = new Node({ idle });
    const other = node.start("idle");
    const turn = (): never => {
      throw new Error("a bug of ours");
    };
    node.scheduler.enqueue({ queued: false, turn });
    node.message(other.self.pid, 1);
    expect(() => node.clock.settle()).toThrow("a bug of ours");
    node.clock.settle();
    expect(other.messages).toHaveLength(1);
  });
});

/** Make the clock move with each look at it, so that a slice of work ends. */
function setTicking(node: Node): () => void {
  const { clock } = node;
  const still = clock.now.bind(clock);
  let looks = 0;
  clock.now = () => still() + ++looks;
  return () => {
    clock.now = still;
  };
}
