/** Names, and the way of an envelope to its host or to the dead letters. */
import { describe, expect, it } from "vitest";
import { type DeadLetter, type Host, Names, nameNotFound, Router, systemPid } from "../../actors/index.js";
import { accepted, type Delivery, type Envelope, gone, makePid, type Signal } from "../../mailbox/index.js";
import { outside, pidOf } from "../support/fakes.js";

describe("names", () => {
  const [a, b] = [pidOf("a"), pidOf("b")];

  it("lead to one owner, who may claim them again", () => {
    const names = new Names();
    expect(names.register("n", a)).toBeUndefined();
    expect(names.register("n", a)).toBeUndefined();
    expect(names.register("n", b)).toMatchObject({
      kind: "ALREADY_EXISTS",
      message: "name already registered",
      details: { pid: a.text },
    });
    expect(names.lookup("n")).toBe(a);
    expect(names.lookup("m")).toBeUndefined();
    expect(nameNotFound("m")).toMatchObject({ kind: "NOT_FOUND", details: { name: "m" } });
  });

  it("are given up by their owner alone", () => {
    const names = new Names();
    names.register("n", a);
    expect([names.unregister("n", b), names.unregister("m", a), names.unregister("n", a)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(names.register("n", b)).toBeUndefined();
  });

  it("are all free when their owner ends", () => {
    const names = new Names();
    for (const name of ["n", "m"]) names.register(name, a);
    names.register("o", b);
    names.unregister("n", a);
    names.register("n", b);
    names.release(a);
    names.release(a);
    expect(names.list()).toEqual([
      ["o", b],
      ["n", b],
    ]);
  });
});

const message: Signal = { kind: "message", topic: "t", payloads: [] };
const to = makePid("n1", "app:host", "1");
const envelope = (signal: Signal = message, receiver = to): Envelope => ({
  from: outside,
  incarnation: "",
  to: receiver,
  seq: 0,
  signal,
});

function hostThat(delivery: Delivery | Promise<Delivery>, id = "app:host", node = "n1"): Host & { got: Envelope[] } {
  const got: Envelope[] = [];
  return {
    id,
    node,
    got,
    spawn: () => ({ ok: false, error: nameNotFound("x") }),
    deliver: (one) => {
      got.push(one);
      return delivery;
    },
    close: () => Promise.resolve(),
  };
}

function routing(...hosts: Host[]): { router: Router; letters: DeadLetter[] } {
  const letters: DeadLetter[] = [];
  const router = new Router(
    () => 77,
    (letter) => letters.push(letter),
  );
  for (const host of hosts) router.attach(host);
  return { router, letters };
}

describe("the router", () => {
  it("finds the host by node and host", () => {
    const [one, other] = [hostThat(accepted), hostThat(accepted, "app:other", "n2")];
    const { router, letters } = routing(one, other);
    expect(router.route(envelope())).toBe(accepted);
    expect(router.route(envelope(message, makePid("n2", "app:other", "1")))).toBe(accepted);
    expect([one.got.length, other.got.length, letters.length]).toEqual([1, 1, 0]);
  });

  it("answers gone for a host that there is not", () => {
    const { router } = routing(hostThat(accepted));
    const unknown = { kind: "gone", error: { kind: "NOT_FOUND", message: "host not found" } };
    expect(router.route(envelope(message, makePid("n1", "app:no", "1")))).toMatchObject(unknown);
    expect(router.route(envelope(message, makePid("", "app:no", "1")))).toMatchObject(unknown);
    expect(router.route(envelope(message, systemPid("topology")))).toMatchObject(unknown);
  });

  it("answers unreachable for a node that is not attached", () => {
    const { router } = routing(hostThat(accepted));
    expect(router.route(envelope(message, makePid("n9", "app:host", "1")))).toMatchObject({
      kind: "unreachable",
      error: { kind: "UNAVAILABLE", retryable: true },
    });
  });

  it("takes a host once, and forgets it when it is detached", () => {
    const host = hostThat(accepted);
    const { router } = routing(host);
    expect(() => router.attach(hostThat(accepted))).toThrow("app:host is attached already");
    router.detach(hostThat(accepted));
    expect(router.host("app:host")).toBe(host);
    router.detach(host);
    expect([router.host("app:host"), router.hasNode("n1")]).toEqual([undefined, false]);
  });
});

describe("dead letters", () => {
  it("are refused messages and replies, counted, kept and told, with the time and the reason", () => {
    const { router, letters } = routing(hostThat(gone));
    router.route(envelope());
    router.route(envelope({ kind: "reply", ref: 1, outcome: { ok: true, value: 1 } }));
    expect(letters).toEqual([
      { id: 1, at: 77, envelope: envelope(), reason: "process not found" },
      expect.objectContaining({ reason: "process not found" }),
    ]);
    expect(router.deadLetters.list()).toEqual(letters);
    expect(router.deadLetters.count).toBe(2);
  });

  it("are not made of links, monitors and other signals", () => {
    const { router, letters } = routing(hostThat(gone));
    for (const signal of [{ kind: "link", ref: 1 }, { kind: "kill" }, { kind: "cancel" }] as Signal[]) {
      expect(router.route(envelope(signal))).toBe(gone);
    }
    expect(letters).toEqual([]);
  });

  it("are also made when a host refuses later", async () => {
    const { router, letters } = routing(hostThat(Promise.resolve(gone)));
    expect(await router.route(envelope())).toBe(gone);
    expect(letters).toHaveLength(1);
    const kind = routing(hostThat(Promise.resolve(accepted)));
    expect(await kind.router.route(envelope())).toBe(accepted);
    expect(kind.letters).toHaveLength(0);
  });

  it("are kept up to a thousand, the newest, while the count goes on", () => {
    const { router } = routing(hostThat(gone));
    for (let i = 0; i < 1500; i++) router.route(envelope({ kind: "message", topic: "t", payloads: [i] }));
    expect(router.deadLetters.count).toBe(1500);
    const kept = router.deadLetters
      .list()
      .map(({ envelope: { signal } }) => signal.kind === "message" && signal.payloads[0]);
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([1000, 500, 1499]);
  });

  it("are kept while they weigh little together: large ones push older ones out", () => {
    const { router } = routing(hostThat(gone));
    const large = "x".repeat(1_000_000);
    for (let n = 0; n < 20; n++) router.route(envelope({ kind: "message", topic: "t", payloads: [large] }));
    expect(router.deadLetters.list().length).toBe(8);
    expect(router.deadLetters.count).toBe(20);
  });
});
