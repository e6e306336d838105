/** Many large values at once: each is allowed, and together they are more than one answer to the server may hold. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeTemporal } from "../support/temporal.js";
import { Harness } from "./fixture/harness.js";

const large = "x".repeat(900_000);

describeTemporal("a workflow with large values", () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.open();
    harness.functions.set("app:double", () => large);
  });

  afterAll(() => harness.close());

  it("sends them all, though they are asked for in one task, and replays to the same digest", async () => {
    const sinks = await Promise.all(Array.from({ length: 6 }, () => harness.start({ until: 1 })));
    const run = await harness.start({ until: 6 });
    await harness.stopWorker();
    for (const [i, sink] of sinks.entries()) {
      const to = harness.pid(sink.workflowId).text;
      await run.signal("do", [{ kind: "send", to, topic: "t", payloads: [large], as: `s${i}` }]);
    }
    await harness.startWorker();
    expect(await run.result()).toMatchObject(sinks.map(() => ({ outcome: { ok: true } })));
    for (const sink of sinks) expect(await sink.result()).toMatchObject([{ topic: "t" }]);
    const lived = await run.query("@digest");
    await harness.stopWorker();
    await harness.startWorker({ maxCachedWorkflows: 0 });
    expect(await run.query("@digest")).toBe(lived);
  });

  it("fails with a reason when its result is too large", async () => {
    const call = (as: string) => ({
      kind: "request",
      as,
      request: { kind: "invoke", target: "app:double", args: [1], context: {}, options: {}, key: `key-${as}` },
    });
    const run = await harness.start({ commands: [call("a"), call("b")], until: 2 });
    await expect(run.result()).rejects.toMatchObject({
      cause: { type: "INVALID", message: expect.stringMatching(/^result is larger than/) },
    });
  });
});
