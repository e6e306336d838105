/** Envelopes to hosts that are away for a while: in order, once, and not for ever. */
import { describe, expect, it } from "vitest";
import { createSystem, dedupeWindowMs, type Host } from "../../actors/index.js";
import { Courier, type Parcel } from "../../durability/journal/courier.js";
import { accepted, type Delivery, gone, makePid, unreachable } from "../../mailbox/index.js";
import { VirtualClock } from "../support/virtual.js";

const from = makePid("here", "t:host", "1");

class Under {
  readonly clock = new VirtualClock();
  readonly arrived: string[] = [];
  readonly done: string[] = [];
  state: Delivery = accepted;
  readonly courier: Courier;

  constructor() {
    const system = createSystem({
      node: "n1",
      clock: this.clock,
      load: () => ({ kind: "NOT_FOUND", message: "" }),
      invoke: () => () => {},
      randomBytes: (count) => new Uint8Array(count),
    });
    const host: Host = {
      id: "t:there",
      node: "there",
      spawn: () => ({ ok: false, error: { kind: "INVALID", message: "" } }),
      deliver: ({ signal, to }) => {
        const delivery = this.state;
        if (delivery.kind === "accepted" && signal.kind === "message") this.arrived.push(`${to.id} ${signal.topic}`);
        return Promise.resolve(delivery);
      },
      close: () => Promise.resolve(),
    };
    system.attach(host);
    this.courier = new Courier(
      system,
      () => this.clock.now(),
      ({ number }, { kind }) => this.done.push(`${number} ${kind}`),
    );
  }

  parcel(number: number, to: string, tag = 0): Parcel {
    const signal = { kind: "message", topic: `m${number}`, payloads: [] } as const;
    const envelope = { from, incarnation: "i", to: makePid("there", "t:there", to), seq: number, signal };
    return { number, envelope, tag, at: this.clock.now() };
  }

  send(number: number, to: string, tag = 0): void {
    this.courier.send(this.parcel(number, to, tag));
  }

  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.clock.runNext(until));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("a courier", () => {
  it("keeps the order for each receiver over an outage, and holds nobody else up", async () => {
    const under = new Under();
    under.state = unreachable("away");
    under.send(1, "a");
    under.send(2, "a");
    await under.pass(0);
    under.send(3, "a");
    under.state = accepted;
    under.send(4, "b");
    await under.pass(0);
    expect(under.arrived).toEqual(["b m4"]);
    await under.pass(1_000);
    expect(under.arrived).toEqual(["b m4", "a m1", "a m2", "a m3"]);
    expect(under.done).toEqual(["4 accepted", "1 accepted", "2 accepted", "3 accepted"]);
    under.send(5, "a");
    await under.pass(0);
    expect(under.arrived.at(-1)).toBe("a m5");
  });

  it("does not try again what somebody waits for, nor what its receiver has left", async () => {
    const under = new Under();
    under.state = unreachable("away");
    under.send(1, "a", 7);
    under.state = gone;
    under.send(2, "b");
    await under.pass(60_000);
    expect(under.done).toEqual(["1 unreachable", "2 gone"]);
  });

  it("gives up before a receiver could take a repeat for something new", async () => {
    const under = new Under();
    under.state = unreachable("away");
    under.send(1, "a");
    await under.pass(dedupeWindowMs / 2 - 60_000);
    expect(under.done).toEqual([]);
    await under.pass(120_000);
    expect(under.done).toEqual(["1 unreachable"]);
  });
});
