/** Timers and I/O get their turn whatever the processes do. In real time, as that is the question; the bounds are wide. */
import { describe, expect, it } from "vitest";
import { createSystem, spawnSpec } from "../../actors/index.js";
import { MemoryHost, realClock, Scheduler } from "../../durability/memory/index.js";
import { outside, Probe } from "../support/fakes.js";

/** Busy for so long by the clock, as a program is that does not wait. */
function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

describe("a node whose processes have long queues", () => {
  it("lets a timer fire in between", async () => {
    const clock = realClock();
    const system = createSystem({
      node: "boot1",
      clock,
      load: () => new Probe({ onMessage: () => spin(1) }),
      invoke: () => () => {},
      randomBytes: (count) => new Uint8Array(count),
    });
    const host = new MemoryHost({ id: "app:host", system, scheduler: new Scheduler(clock) });
    system.attach(host);
    for (let key = 1; key <= 16; key++) {
      const result = host.spawn(spawnSpec(outside, "", key, { entry: "e", host: "app:host" }));
      if (!result.ok) throw new Error(result.error.message);
      const signal = { kind: "message", topic: "t", payloads: [] } as const;
      for (let i = 0; i < 40; i++)
        void host.deliver({ from: outside, incarnation: "", to: result.pid, seq: 0, signal });
    }
    const started = performance.now();
    const late = await new Promise<number>((resolve) => setTimeout(() => resolve(performance.now() - started), 5));
    expect(late).toBeLessThan(150);
    await system.close(0);
  });
});
