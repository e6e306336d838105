/** Supervisors replay: the same inputs give the same calls, cut at any of them. */
import { describe, expect, it } from "vitest";
import { Process, supervisorArgs } from "../../actors/index.js";
import { gone, parsePid } from "../../mailbox/index.js";
import { startChild, supervisorEntry, supervisorProgram, terminateChild } from "../../supervision/index.js";
import { forSeeds, Random } from "../support/random.js";
import { assertReplays, type Recording, RecordingPort } from "../support/replay.js";
import { Tapes } from "../support/tape.js";
import { Tree, workers } from "../support/tree.js";

const backoff = { initial_delay: "10ms", max_delay: "40ms" };

/** A tree to which things happen. */
async function play(seed: number): Promise<Recording[]> {
  const random = new Random(seed);
  const tapes = new Tapes();
  const tree = new Tree({ record: tapes.record, seed });
  const strategy = (["one_for_one", "one_for_all", "rest_for_one"] as const)[random.below(3)]!;
  const ids = ["a", "b", "c", "d"];
  const children = ids.map((id) => ({
    id,
    process: `test:${id}`,
    restart: (["permanent", "transient", "temporary"] as const)[random.below(3)]!,
    ...(random.below(2) === 0 ? { backoff } : {}),
    ...(random.below(3) === 0
      ? { args: ["live", "deaf"], shutdown: random.below(2) === 0 ? 20 : ("kill" as const) }
      : {}),
  }));
  const inner = { id: "in", strategy, intensity: 2, children: workers("x", "y") };
  const sup = await tree.now(tree.begin({ strategy, intensity: 4, period: "100ms", children: [...children, inner] }));
  if ("kind" in sup) throw new Error(sup.message);
  for (let step = 0; step < 12; step++) {
    const victims = tree.host.pids().filter(({ text }) => text !== tree.client.pid.text && text !== sup.text);
    const victim = victims[random.below(Math.max(1, victims.length))];
    if (random.below(5) === 0) tree.broken.add(`test:${ids[random.below(4)]}`);
    if (random.below(3) === 0) tree.broken.clear();
    const deed = random.below(6);
    if (deed === 0) void terminateChild(tree.client, sup, ids[random.below(4)]!);
    else if (deed === 1) void startChild(tree.client, sup, workers(`e${step}`)[0]!);
    else if (victim !== undefined && deed === 2) void tree.client.terminate(victim);
    else if (victim !== undefined)
      void tree.client.send(victim, (["crash", "return", "shutdown"] as const)[random.below(3)]!);
    if (random.below(2) === 0) tree.clock.runNow();
    else tree.clock.advance(random.below(60));
  }
  void tree.client.cancel(sup);
  tree.clock.advance(1000);
  expect(tree.living().filter((name) => name !== "client")).toEqual([]);
  return tapes.all().flatMap(({ process: { pid, incarnation, entry }, turns }) => {
    if (entry !== supervisorEntry) return [];
    const fresh = () => new Process({ pid, incarnation, program: supervisorProgram(), counted: false });
    return [{ name: `${entry} ${pid.text} of seed ${seed}`, turns, fresh }];
  });
}

/** Go on from every stored state there is, for a while: the same calls as by the one that has lived through it all. */
function assertRestores({ name, turns, fresh }: Recording): void {
  const lived = fresh();
  const nowhere = new RecordingPort();
  turns.forEach((turn, cut) => {
    if (!("input" in turn)) return;
    lived.feed(turn.input, nowhere);
    for (let slice = 0; slice < turn.slices; slice++) lived.run(nowhere);
    const from = lived.snapshot();
    if (from?.state === undefined) return;
    const { pid, incarnation } = lived;
    const stored = JSON.parse(JSON.stringify(from)) as typeof from;
    const restored = new Process({ pid, incarnation, program: supervisorProgram(), counted: false, from: stored });
    expect(restored.restored(stored.state!, nowhere)).toBeUndefined();
    for (const next of turns.slice(cut + 1, cut + 12)) {
      if (!("input" in next)) return;
      const port = new RecordingPort(undefined, next.calls);
      restored.feed(next.input, port);
      for (let slice = 0; slice < next.slices; slice++) restored.run(port);
      expect(port.calls, `${name}, restored after input ${cut}`).toEqual(next.calls);
    }
  });
}

describe("a supervisor", () => {
  it("does the same for the same inputs, also from a stored state, and leaves nobody behind", async () => {
    const seeds: number[] = [];
    forSeeds(25, (seed) => seeds.push(seed));
    for (const seed of seeds) {
      for (const recording of await play(seed)) {
        assertReplays(recording);
        assertRestores(recording);
      }
    }
  });

  it("hears after a restore that its parent was gone before it could be watched", () => {
    const [pid, parent] = [parsePid("{n@test:journal|sup}")!, parsePid("{n@test:host|parent}")!];
    const options = { pid, incarnation: "i", program: supervisorProgram(), counted: false };
    const port = new RecordingPort();
    const lived = new Process(options);
    const args = supervisorArgs({ children: [] }, { attended: true, bound: true });
    const about = { context: {}, options: {}, messages: [], key: 1, linkRef: 1 };
    const spec = { entry: supervisorEntry, host: pid.host, args, parent, parentIncarnation: "p", ...about };
    lived.feed({ kind: "start", at: 0, spec }, port);
    lived.run(port);
    const watch = port.calls.find((one) => one.call === "transmit" && one.envelope.signal.kind === "monitor");
    const tag = watch?.call === "transmit" ? watch.tag : 0;
    const from = JSON.parse(JSON.stringify(lived.snapshot())) as NonNullable<ReturnType<Process["snapshot"]>>;
    const restored = new Process({ ...options, program: supervisorProgram(), from });
    restored.restored(from.state!, port);
    const [again, told] = [new RecordingPort(), new RecordingPort()];
    lived.feed({ kind: "answered", at: 1, tag, delivery: gone }, told);
    restored.feed({ kind: "answered", at: 1, tag, delivery: gone }, again);
    expect(told.calls).toMatchObject([{ call: "request", request: { service: "node", operation: "closing" } }]);
    expect(again.calls).toEqual(told.calls);
  });
});
