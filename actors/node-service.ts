/** The service `node`: what the programs of a node may ask about it. What each answer is used for is theirs to know. */
import { failure, type Pid, parseFailure } from "../mailbox/index.js";
import type { Outcome, PayloadRecord } from "./input.js";
import { type NodeService, unknownOperation } from "./services.js";
import type { System } from "./system.js";

/**
 * - `host {id}`: `{durable}`, whether that host keeps its processes over the end of this node; NOT_FOUND.
 * - `closing`: whether this node is about to end.
 * - `restart {id, attempt, delay_ms, error}`: tells observers that something is started again; answers as `closing`.
 */
export function nodeService(system: System): NodeService {
  return {
    ask(_caller: Pid, operation: string, args: PayloadRecord): Outcome {
      switch (operation) {
        case "host": {
          const host = system.router.host(String(args.id));
          if (host !== undefined) return { ok: true, value: { durable: host.isDurable ?? false } };
          return { ok: false, error: failure("NOT_FOUND", "host not found", { retryable: false }) };
        }
        case "closing":
          return { ok: true, value: system.isClosing };
        case "restart": {
          const error = parseFailure(args.error) ?? failure("UNKNOWN", "");
          if (!system.isClosing) {
            const [attempt, delayMs] = [Number(args.attempt), Number(args.delay_ms)];
            system.events.emit("restart", { id: String(args.id), attempt, delayMs, error });
          }
          return { ok: true, value: system.isClosing };
        }
        default:
          return { ok: false, error: unknownOperation("node", operation) };
      }
    },
  };
}
