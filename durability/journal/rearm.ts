/** Re-arming: the bonds of a process that has come back with others that may have ended meanwhile, or that must be watched for it. */
import type { System } from "../../actors/index.js";
import { mirror } from "../../mailbox/index.js";
import type { Slot } from "./slot.js";

/**
 * Processes in memory ended with their node, or, when the journal was put back, after what is stored. A workflow goes on wherever it is, and its host has to watch it for us again. Everybody
 * else announces the end to whoever is bound to it, as often as it takes.
 */
export function rearm(
  slot: Slot,
  system: System,
  ownNode: string,
  isEphemeral: (node: string) => boolean,
  at: number,
): void {
  const { router } = system;
  const { relations, incarnation } = slot.process;
  for (const node of relations.relatedNodes()) {
    if (node !== ownNode && !router.hasNode(node) && isEphemeral(node)) {
      slot.push({ input: { kind: "nodedown", at, node } });
    }
  }
  for (const [via, table] of [
    ["link", relations.links],
    ["monitor", relations.watching],
  ] as const) {
    for (const { pid, incarnation: watchedIncarnation, refs } of table.values()) {
      if (pid.node === system.node && !router.mayLive(pid)) {
        const exit = { kind: "exit", via, refs: mirror(refs), reason: { kind: "noproc" } } as const;
        const envelope = { from: pid, incarnation: watchedIncarnation, to: slot.pid, seq: 0, signal: exit };
        slot.push({ input: { kind: "envelope", at, envelope } });
        continue;
      }
      const host = router.hasNode(pid.node) ? router.host(pid.host) : undefined;
      for (const ref of refs) {
        host?.watchAgain?.({
          watcher: slot.pid,
          watcherIncarnation: incarnation,
          watched: pid,
          watchedIncarnation,
          via,
          ref,
        });
      }
    }
  }
}
