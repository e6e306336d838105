/** The workloads in Effect: an actor is a fibre that takes from a queue of its own. */
import { Effect, Exit, Fiber, Queue } from "effect";
import { main, outstanding, perTurn, rate, seconds, shares, sumOf, verify } from "./peer.mjs";

const run = (effect) => seconds(() => Effect.runPromise(effect));

const pingPong = (count) =>
  run(
    Effect.gen(function* () {
      const requests = yield* Queue.unbounded();
      const replies = yield* Queue.unbounded();
      const echo = yield* Effect.forkChild(
        Effect.gen(function* () {
          for (;;) {
            const { from, value } = yield* Queue.take(requests);
            yield* Queue.offer(from, { value });
          }
        }),
      );
      for (let left = count; left > 0; left--) {
        yield* Queue.offer(requests, { from: replies, value: left });
        verify("reply", (yield* Queue.take(replies)).value, left);
      }
      yield* Fiber.interrupt(echo);
    }),
  );

const fanIn = (count) =>
  run(
    Effect.gen(function* () {
      const each = shares(count, 10);
      const inbox = yield* Queue.unbounded();
      const sink = yield* Effect.forkChild(
        Effect.gen(function* () {
          let sum = 0;
          for (let left = count; left > 0; left--) sum += (yield* Queue.take(inbox)).value;
          return sum;
        }),
      );
      for (const share of each) {
        yield* Effect.forkChild(
          Effect.gen(function* () {
            for (let n = 0; n < share; n++) {
              yield* Queue.offer(inbox, { value: n });
              if (n % perTurn === perTurn - 1) yield* Effect.yieldNow;
            }
          }),
        );
      }
      verify("sum of the messages", yield* Fiber.join(sink), sumOf(each));
    }),
  );

const spawns = (count) =>
  run(
    Effect.gen(function* () {
      const answers = yield* Queue.unbounded();
      const begin = Effect.gen(function* () {
        const inbox = yield* Queue.unbounded();
        yield* Effect.forkChild(
          Effect.gen(function* () {
            const { from } = yield* Queue.take(inbox);
            yield* Queue.offer(from, { topic: "done" });
          }),
        );
        yield* Queue.offer(inbox, { topic: "go", from: answers });
      });
      let started = 0;
      let got = 0;
      while (got < count) {
        for (; started < count && started - got < outstanding; started++) yield* begin;
        yield* Queue.take(answers);
        got++;
      }
      verify("answers", got, count);
    }),
  );

/** One notice over each of two ways: the observer of the fibre, and a fibre that awaits it. */
async function deaths(count) {
  let taken = 0;
  await Effect.runPromise(
    Effect.gen(function* () {
      const notices = yield* Queue.unbounded();
      const children = [];
      for (let n = 0; n < count; n++) {
        const inbox = yield* Queue.unbounded();
        const fiber = yield* Effect.forkDetach(
          Effect.gen(function* () {
            yield* Queue.take(inbox);
            return yield* Effect.fail("told to");
          }),
        );
        fiber.addObserver((exit) => Queue.offerUnsafe(notices, { via: "link", exit }));
        yield* Effect.forkDetach(
          Effect.flatMap(Fiber.await(fiber), (exit) => Queue.offer(notices, { via: "monitor", exit })),
        );
        children.push(inbox);
      }
      yield* Effect.sleep(10);
      const seen = { link: 0, monitor: 0 };
      const start = process.hrtime.bigint();
      for (const inbox of children) yield* Queue.offer(inbox, { topic: "go" });
      for (let left = 2 * count; left > 0; left--) {
        const { via, exit } = yield* Queue.take(notices);
        verify("end", Exit.isFailure(exit), true);
        seen[via]++;
      }
      taken = Number(process.hrtime.bigint() - start) / 1e9;
      verify("notices over links", seen.link, count);
      verify("notices over monitors", seen.monitor, count);
    }),
  );
  return taken;
}

await main({
  W1: async (count) => [await rate(count, "round trips/s", pingPong)],
  W2: async (count) => [await rate(count, "messages/s", fanIn)],
  W3: async (count) => [await rate(count, "spawns/s", spawns)],
  W6: async (count) => [await rate(2 * count, "notices/s", (notices) => deaths(Math.ceil(notices / 2)))],
});
