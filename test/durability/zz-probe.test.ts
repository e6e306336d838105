import { describe, expect, it } from "vitest";
import { createSystem, spawnSpec, type Program, type Self } from "../../actors/index.js";
import { MemoryHost, Scheduler, realClock } from "../../durability/memory/index.js";
import { Node, idle } from "./memory-node.js";
import { outside, Probe } from "../support/fakes.js";

describe("measure", () => {
  it("1M queued messages in one slot", () => {
    for (const n of [100_000, 1_000_000, 2_000_000]) {
      const node = new Node({ idle: { onMessage: () => {} } });
      const p = node.start("idle");
      (p as any).messages.push = () => 0;
      const t0 = performance.now();
      for (let i = 0; i < n; i++) node.send(p.self.pid, { kind: "message", topic: "t", payloads: [] });
      const t1 = performance.now();
      node.clock.settle(10_000_000);
      console.log(n, "queue", t1 - t0, "drain", performance.now() - t1);
    }
  }, 60000);
  it("100k processes", () => {
    const node = new Node({ idle });
    (globalThis as any).gc?.();
    const m0 = process.memoryUsage().heapUsed;
    const t0 = performance.now();
    const keep: any[] = [];
    for (let i = 0; i < 100_000; i++) node.host.spawn(spawnSpec(outside, "", i + 1, { entry: "idle", host: "app:host" }));
    node.clock.settle();
    const t1 = performance.now();
    (globalThis as any).gc?.();
    console.log("spawn 100k ms", t1 - t0, "bytes each", (process.memoryUsage().heapUsed - m0) / 100_000);
  }, 60000);
  it("nested calls: server with N owed", () => {
    for (const n of [1000, 4000]) {
      const backendPids: any[] = [];
      const node = new Node({
        backend: { onMessage: () => {} },
        server: { onMessage: (m, self) => { self.call(backendPids[0], "q", [], 100000); } },
        caller: { onStart: (self, args) => { self.call((args as any)[0], "x", [], 100000); } },
      });
      const b = node.start("backend"); backendPids.push(b.self.pid);
      const s = node.start("server");
      const t0 = performance.now();
      for (let i = 0; i < n; i++) node.host.spawn(spawnSpec(outside, "", i + 10, { entry: "caller", host: "app:host", args: [s.self.pid as any] }));
      node.clock.settle(1e7);
      console.log("owed", n, performance.now() - t0);
    }
  }, 120000);
});
