/** Report: what may be observed on a worker thread, told on the main thread. Each event once, and only those that somebody listens to. */
import type { DeadLetter, System, SystemEvents } from "../../../actors/index.js";
import type { Envelope, Payload, Pid } from "../../../mailbox/index.js";
import type { Codec, EnvelopeRow } from "./rows.js";

type Name = keyof SystemEvents;

/** Told whether or not anybody listens: the main thread keeps the letters. */
const always: readonly Name[] = ["dead_letter"];
const optional: readonly Name[] = ["spawn", "exit", "mailbox_full", "log", "health"];
/** Fields that are pids. */
const pidFields = ["pid", "parent"] as const;

/** The events that somebody on this system listens to. */
export function wantedEvents(system: System): Name[] {
  return optional.filter((name) => system.events.listenerCount(name) > 0);
}

/** On a thread: tell what is wanted, from now on. */
export class Reporter {
  private readonly system: System;
  private readonly codec: Codec;
  private readonly tell: (name: Name, event: Payload) => void;
  private readonly stops = new Map<Name, () => void>();

  constructor(system: System, codec: Codec, tell: (name: Name, event: Payload) => void) {
    this.system = system;
    this.codec = codec;
    this.tell = tell;
    this.want([]);
  }

  want(names: readonly string[]): void {
    const wanted = new Set<string>([...always, ...names]);
    for (const [name, stop] of this.stops) {
      if (wanted.has(name)) continue;
      stop();
      this.stops.delete(name);
    }
    for (const name of [...always, ...optional]) {
      if (!wanted.has(name) || this.stops.has(name)) continue;
      const listener = (event: object): void => this.tell(name, this.encode(event));
      this.system.events.on(name, listener);
      this.stops.set(name, () => this.system.events.off(name, listener));
    }
  }

  private encode(event: object): Payload {
    const { envelope, reason } = event as Partial<DeadLetter>;
    if (envelope !== undefined) return { row: this.codec.row(envelope) as unknown as Payload, reason: reason! };
    const fields: Record<string, unknown> = { ...event };
    for (const field of pidFields) if (field in fields) fields[field] = this.codec.short(fields[field] as Pid);
    return fields as Payload;
  }
}

/** On the main thread: what a thread tells happens here too. */
export function retell(system: System, codec: Codec, name: string, event: Payload): void {
  if (name === "dead_letter") {
    const { row, reason } = event as unknown as { row: EnvelopeRow; reason: string };
    const envelope: Envelope = codec.envelope(row);
    system.router.lost(envelope, reason);
    return;
  }
  const fields: Record<string, unknown> = { ...(event as object) };
  for (const field of pidFields) if (field in fields) fields[field] = codec.pid(String(fields[field]));
  const emit = system.events.emit.bind(system.events) as (name: string, event: unknown) => boolean;
  emit(name, fields);
}
