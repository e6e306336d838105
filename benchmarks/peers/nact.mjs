/** The workloads in nact: stateful actors whose state is what the last call of their function returned. */
import { dispatch, spawn, start, stop } from "nact";
import {
  bytesOf,
  children,
  later,
  main,
  outstanding,
  perTurn,
  rate,
  ringSize,
  seconds,
  shares,
  sumOf,
  verify,
} from "./peer.mjs";

/** Names of actors: those that nact makes itself are drawn by lot, and of 100,000 two are the same. */
let last = 0;
const nameOf = () => String(++last);

/** A system of its own for each run, which must not outlive it. */
async function within(work) {
  const system = start();
  try {
    return await work(system);
  } finally {
    stop(system);
  }
}

const pingPong = (count) =>
  within(async (system) => {
    const { promise, resolve, reject } = later();
    const echo = spawn(system, (state = null, { from, value }, ctx) => {
      dispatch(from, { from: ctx.self, value });
      return state;
    });
    const ping = spawn(
      system,
      (left = count, { value }, ctx) => {
        if (value !== left) reject(new Error(`reply ${value} in place of ${left}`));
        if (left === 1) resolve();
        else dispatch(echo, { from: ctx.self, value: left - 1 });
        return left - 1;
      },
      undefined,
      { initialState: count },
    );
    return seconds(() => {
      dispatch(echo, { from: ping, value: count });
      return promise;
    });
  });

const fanIn = (count) =>
  within(async (system) => {
    const { promise, resolve } = later();
    const each = shares(count, 10);
    const sink = spawn(system, (state = { left: count, sum: 0 }, { value }) => {
      const next = { left: state.left - 1, sum: state.sum + value };
      if (next.left === 0) resolve(next.sum);
      return next;
    });
    return seconds(async () => {
      for (const share of each) {
        const sender = spawn(system, (sent = 0, _, ctx) => {
          const upTo = Math.min(share, sent + perTurn);
          for (let n = sent; n < upTo; n++) dispatch(sink, { from: ctx.self, value: n });
          if (upTo < share) dispatch(ctx.self, { from: ctx.self });
          return upTo;
        });
        dispatch(sender, {});
      }
      verify("sum of the messages", await promise, sumOf(each));
    });
  });

const spawns = (count) =>
  within(async (system) => {
    const { promise, resolve } = later();
    const begin = (ctx) => dispatch(spawn(ctx.self, child, nameOf()), { from: ctx.self });
    const spawner = spawn(system, (state = { started: 0, got: 0 }, message, ctx) => {
      if (message.topic === "start") {
        const started = Math.min(count, outstanding);
        for (let n = 0; n < started; n++) begin(ctx);
        return { started, got: 0 };
      }
      const got = state.got + 1;
      if (got === count) resolve(got);
      if (state.started === count) return { started: state.started, got };
      begin(ctx);
      return { started: state.started + 1, got };
    });
    return seconds(async () => {
      dispatch(spawner, { topic: "start" });
      verify("answers", await promise, count);
    });
  });

/** Answers, and ends. */
function child(state = { handled: 0 }, { from }, ctx) {
  dispatch(from, { topic: "done", from: ctx.self });
  stop(ctx.self);
  return { handled: state.handled + 1 };
}

const idle = (count) =>
  within((system) =>
    bytesOf(count, async () => {
      for (let n = 0; n < count; n++) spawn(system, child, nameOf());
    }),
  );

const ring = (count) =>
  within(async (system) => {
    const { promise, resolve, reject } = later();
    const rounds = Math.max(1, Math.ceil(count / ringSize));
    const hops = rounds * ringSize;
    let second;
    const first = spawn(system, (round = 0, { hop }, ctx) => {
      if (hop !== round * ringSize) reject(new Error(`hop ${hop} in round ${round}`));
      if (hop === hops) resolve(hop);
      else dispatch(second, { from: ctx.self, hop: hop + 1 });
      return round + 1;
    });
    second = first;
    for (let n = 1; n < ringSize; n++) {
      const next = second;
      second = spawn(system, (state = null, { hop }, ctx) => {
        dispatch(next, { from: ctx.self, hop: hop + 1 });
        return state;
      });
    }
    const taken = await seconds(async () => {
      dispatch(first, { hop: 0 });
      verify("hops", await promise, hops);
    });
    return (taken * count) / hops;
  });

const skynet = (count) =>
  within(async (system) => {
    const { promise, resolve } = later();
    const root = spawn(system, (state = null, { sum }) => {
      resolve(sum);
      return state;
    });
    const grow = (above, parent, first, leaves) => {
      const below = Math.min(children, leaves);
      const node = spawn(
        above,
        (state = { left: below, sum: 0 }, message, ctx) => {
          if (message.topic === "start") {
            if (leaves > 1) {
              let at = first;
              for (const share of shares(leaves, below)) {
                grow(ctx.self, ctx.self, at, share);
                at += share;
              }
              return { left: below, sum: 0 };
            }
            dispatch(parent, { sum: first });
            stop(ctx.self);
            return state;
          }
          const next = { left: state.left - 1, sum: state.sum + message.sum };
          if (next.left === 0) {
            dispatch(parent, { sum: next.sum });
            stop(ctx.self);
          }
          return next;
        },
        nameOf(),
      );
      dispatch(node, { topic: "start" });
    };
    return seconds(async () => {
      grow(system, root, 0, count);
      verify("sum", await promise, sumOf([count]));
    });
  });

await main({
  W1: async (count) => [await rate(count, "round trips/s", pingPong)],
  W2: async (count) => [await rate(count, "messages/s", fanIn)],
  W3: async (count) => {
    const memory = await idle(count);
    return [await rate(count, "spawns/s", spawns), ...memory];
  },
  W4: async (count) => [await rate(count, "hops/s", ring)],
  W5: async (count) => [await rate(count, "leaves/s", skynet)],
});
