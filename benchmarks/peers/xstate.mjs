/** The workloads in xstate: actors of transition functions, whose state is what the last transition returned. */
import { createActor, fromTransition } from "xstate";
import { bytesOf, children, later, main, perTurn, rate, ringSize, seconds, shares, sumOf, verify } from "./peer.mjs";

const started = (transition, initial) => createActor(fromTransition(transition, initial)).start();

function pingPong(count) {
  const { promise, resolve, reject } = later();
  const echo = started((state, { from, value }, { self }) => {
    from.send({ type: "pong", from: self, value });
    return state;
  }, null);
  const ping = started((left, { value }, { self }) => {
    if (value !== left) reject(new Error(`reply ${value} in place of ${left}`));
    if (left === 1) resolve();
    else echo.send({ type: "ping", from: self, value: left - 1 });
    return left - 1;
  }, count);
  return seconds(() => {
    echo.send({ type: "ping", from: ping, value: count });
    return promise;
  });
}

async function fanIn(count) {
  const { promise, resolve } = later();
  const each = shares(count, 10);
  const sink = started(
    (state, { value }) => {
      const next = { left: state.left - 1, sum: state.sum + value };
      if (next.left === 0) resolve(next.sum);
      return next;
    },
    { left: count, sum: 0 },
  );
  return seconds(async () => {
    for (const share of each) {
      const sender = started((sent, _, { self }) => {
        const upTo = Math.min(share, sent + perTurn);
        for (let n = sent; n < upTo; n++) sink.send({ type: "n", value: n });
        if (upTo < share) self.send({ type: "more" });
        return upTo;
      }, 0);
      sender.send({ type: "more" });
    }
    verify("sum of the messages", await promise, sumOf(each));
  });
}

/**
 * Answers, and is stopped by the one that it answers, as actors cannot stop themselves. It has no parent: a child costs more than twice
 * as much, and those of one that handles a message while they start would all wait in its mailbox.
 */
const child = fromTransition(
  (state, { type, from }, { self }) => {
    if (type !== "go") return state;
    from.send({ type: "done", child: self });
    return { handled: state.handled + 1 };
  },
  { handled: 0 },
);

async function spawns(count) {
  const { promise, resolve } = later();
  const collector = started((got, { child }) => {
    child.stop();
    if (got + 1 === count) resolve(count);
    return got + 1;
  }, 0);
  return seconds(async () => {
    for (let n = 0; n < count; n++) createActor(child).start().send({ type: "go", from: collector });
    await promise;
    verify("answers", collector.getSnapshot().context, count);
  });
}

const held = [];

const idle = (count) =>
  bytesOf(count, async () => {
    for (let n = 0; n < count; n++) held.push(createActor(child).start());
  });

async function ring(count) {
  const { promise, resolve, reject } = later();
  const rounds = Math.max(1, Math.ceil(count / ringSize));
  const hops = rounds * ringSize;
  let second;
  const first = started((round, { hop }) => {
    if (hop !== round * ringSize) reject(new Error(`hop ${hop} in round ${round}`));
    if (hop === hops) resolve(hop);
    else second.send({ type: "hop", hop: hop + 1 });
    return round + 1;
  }, 0);
  second = first;
  for (let n = 1; n < ringSize; n++) {
    const next = second;
    second = started((state, { hop }) => {
      next.send({ type: "hop", hop: hop + 1 });
      return state;
    }, null);
  }
  const taken = await seconds(async () => {
    first.send({ type: "hop", hop: 0 });
    verify("hops", await promise, hops);
  });
  return (taken * count) / hops;
}

async function skynet(count) {
  const { promise, resolve } = later();
  const root = started((state, { sum }) => {
    resolve(sum);
    return state;
  }, null);
  const grow = (parent, first, leaves) => {
    const below = Math.min(children, leaves);
    const node = started(
      (state, event, { self }) => {
        if (event.type === "start") {
          if (leaves === 1) {
            parent.send({ type: "sum", sum: first, child: self });
            return state;
          }
          let at = first;
          for (const share of shares(leaves, below)) {
            grow(self, at, share);
            at += share;
          }
          return state;
        }
        if (event.type !== "sum") return state;
        event.child.stop();
        const next = { left: state.left - 1, sum: state.sum + event.sum };
        if (next.left === 0) parent.send({ type: "sum", sum: next.sum, child: self });
        return next;
      },
      { left: below, sum: 0 },
    );
    node.send({ type: "start" });
  };
  return seconds(async () => {
    grow(root, 0, count);
    verify("sum", await promise, sumOf([count]));
  });
}

await main({
  W1: async (count) => [await rate(count, "round trips/s", pingPong)],
  W2: async (count) => [await rate(count, "messages/s", fanIn)],
  W3: async (count) => {
    const spawned = await rate(count, "spawns/s", spawns);
    const memory = await idle(count);
    verify("processes alive", held.splice(0).length, count);
    return [spawned, ...memory];
  },
  W4: async (count) => [await rate(count, "hops/s", ring)],
  W5: async (count) => [await rate(count, "leaves/s", skynet)],
});
