/** The programs of the peers with tiny counts: each gives the figures that Perdure's own subjects give of the same workload. */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runChild } from "../../benchmarks/children.js";
import { peers } from "../../benchmarks/peers.js";

/** A test installs nothing: `npm run bench -- --peers` does. */
const isInstalled = existsSync(new URL("../../benchmarks/peers/node_modules/.installed", import.meta.url));
const fromNpm = ["nact", "xstate", "comedy", "effect", "fengari-bare"];
const there = peers.filter(({ name }) => isInstalled || !fromNpm.includes(name));

const units: Readonly<Record<string, string>> = {
  W1: "round trips/s",
  W2: "messages/s",
  W3: "spawns/s",
  W4: "hops/s",
  W5: "leaves/s",
  W6: "notices/s",
};

describe("a peer", () => {
  it.concurrent.each(there)("$name gives the figures of its workloads, or says what is missing", async (peer) => {
    const command = await peer.command();
    if (typeof command === "string") return expect(command).toMatch(/not found on the PATH/);
    expect(await peer.version()).toMatch(/ \d/);
    for (const workload of peer.workloads) {
      const measured = await runChild(command, workload, 1_000, { limitMs: 15_000 });
      const rate = measured.find(({ metric }) => metric === "rate");
      expect([workload, rate?.unit]).toEqual([workload, units[workload]]);
      expect(rate!.value).toBeGreaterThan(0);
      const isMeasured = workload === "W3" && peer.name !== "effect";
      const memory = measured.filter((one) => one !== rate).map(({ metric }) => metric);
      expect(memory).toEqual(isMeasured ? ["heap", "rss"] : []);
    }
  });
});
