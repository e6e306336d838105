/** Bugs to plant on our side: each breaks one rule, and the comparison with Erlang must notice. Production code knows nothing of them. */
import type { Clock, Host, Process, System } from "../../../actors/index.js";
import { accepted, type Delivery, type Envelope, failure, type Pid } from "../../../mailbox/index.js";

export interface Ground {
  readonly system: System;
  readonly clock: Clock;
  readonly hosts: readonly Host[];
  processOf(pid: Pid): Process | undefined;
}

type Routing = (
  envelope: Envelope,
  route: (envelope: Envelope) => Delivery | Promise<Delivery>,
) => Delivery | Promise<Delivery>;

/** Stand between everybody and the router. */
function routing(bend: (ground: Ground) => Routing): (ground: Ground) => void {
  return (ground) => {
    const { router } = ground.system;
    const original = router.route.bind(router);
    const bent = bend(ground);
    router.route = (envelope) => bent(envelope, original);
  };
}

const drop = (matches: (envelope: Envelope, ground: Ground) => boolean): ((ground: Ground) => void) =>
  routing((ground) => (envelope, route) => (matches(envelope, ground) ? accepted : route(envelope)));

const linkedEnd = { kind: "failed", error: failure("GIVEN", "normal") } as const;

export const planted: Readonly<Record<string, (ground: Ground) => void>> = {
  "the second watcher of a process is not told of its end": routing(() => {
    const told = new Set<string>();
    return (envelope, route) => {
      const { signal, from } = envelope;
      if (signal.kind !== "exit" || signal.via !== "monitor") return route(envelope);
      if (told.has(from.text)) return accepted;
      told.add(from.text);
      return route(envelope);
    };
  }),
  "a normal end goes over links": routing(() => (envelope, route) => {
    const { signal } = envelope;
    const isNormal = signal.kind === "exit" && signal.via === "link" && signal.reason.kind === "normal";
    return route(isNormal ? { ...envelope, signal: { ...signal, reason: linkedEnd } } : envelope);
  }),
  "names are free after the obituaries": ({ system, clock }) => {
    const release = system.names.release.bind(system.names);
    system.names.release = (pid) => clock.soon(() => release(pid));
  },
  "a message is overtaken by the signals after it": routing(({ clock }) => (envelope, route) => {
    if (envelope.signal.kind !== "message" || envelope.from.node === "") return route(envelope);
    clock.soon(() => void route(envelope));
    return accepted;
  }),
  "unlink leaves the other end": drop(({ signal }) => signal.kind === "unlink"),
  "a kill can be trapped": drop(
    ({ signal, to }, ground) => signal.kind === "kill" && ground.processOf(to)?.trapLinks === true,
  ),
  "a withdrawn monitor still tells": drop(
    ({ signal, from }, ground) => signal.kind === "demonitor" && ground.processOf(from)?.hasEnded === false,
  ),
  "a death goes over one link only": drop(
    ({ signal }) =>
      signal.kind === "exit" &&
      signal.via === "link" &&
      signal.reason.kind === "failed" &&
      signal.reason.error.message === "linked process failed",
  ),
  "the link of a spawn is not in the child": ({ hosts }) => {
    for (const host of hosts) {
      const spawn = host.spawn.bind(host);
      host.spawn = ({ linkRef: _forgotten, ...spec }) => spawn(spec);
    }
  },
  "trapping does not save from a linked end": routing((ground) => (envelope, route) => {
    const { signal, to } = envelope;
    const ends = signal.kind === "exit" && signal.via === "link" && signal.reason.kind !== "normal";
    const process = ground.processOf(to);
    if (ends && process !== undefined) process.trapLinks = false;
    return route(envelope);
  }),
  "the dead take what is for them": routing(() => (envelope, route) => {
    const delivery = route(envelope);
    return "kind" in delivery && delivery.kind === "gone" ? accepted : delivery;
  }),
  "a name can be taken from its owner": ({ system }) => {
    const { names } = system;
    const register = names.register.bind(names);
    names.register = (name, pid) => {
      const owner = names.lookup(name);
      if (owner !== undefined) names.unregister(name, owner);
      return register(name, pid);
    };
  },
  "links are told before monitors": routing(({ clock }) => (envelope, route) => {
    const { signal } = envelope;
    if (signal.kind !== "exit" || signal.via !== "monitor") return route(envelope);
    clock.soon(() => void route(envelope));
    return accepted;
  }),
};
