/** A process of a simulated journal world that soon ends. */
import type { Behaviour, Command } from "../../actors/index.js";
import type { Payload } from "../../mailbox/index.js";
import { type Chapter, type Chronicles, nextDigest } from "./journal-chronicle.js";

/** Ends after its first timer with a value. */
export function brief(chronicles: Chronicles): Behaviour<Payload> {
  const write = (
    self: string,
    k: number,
    digest: string,
    event: Chapter["event"],
    now: number,
    commands: Command[],
  ) => {
    const next = nextDigest(digest, event, now);
    chronicles.write(self, k, "app:brief", { event, now, digest: next, commands });
    return { state: { self, k: k + 1, digest: next }, commands };
  };
  return {
    init: (args, { text }) => {
      const { seed } = args[0] as { seed: number };
      const timer = { kind: "timer", delayMs: seed % 50 } as const;
      return write(text, 0, "", { kind: "init", args }, 0, [{ kind: "request", request: timer, as: "over" }]);
    },
    handle: (state, event, now) => {
      const { self, k, digest } = state as { self: string; k: number; digest: string };
      const reason = { kind: "normal", value: 7 } as const;
      const over = event.kind === "answer" && event.as === "over";
      return write(self, k, digest, event, now, over ? [{ kind: "stop", reason }] : []);
    },
  };
}
