/** The module `events`: the bus of a node, on which processes tell whoever listens what happened. Specification 2.13. */
import { type BusEvent, eventProblem, type PayloadRecord, subscriptionProblem } from "../../actors/index.js";
import type { Failure, Payload } from "../../mailbox/index.js";
import type { Call, Pushable, Suspension, UserdataType } from "../fengari.js";
import type { HostChannel, LuaProcess, ModuleDefinition } from "../owner.js";
import { argumentPayloads } from "../value.js";
import { failWith } from "./answers.js";
import { askService } from "./services.js";

const capacity = 64;

/**
 * Both yield.
 *
 * - `subscribe(system, kind?)`: a Subscription, from when on no event is missed. Both are patterns over dotted names: `*` is one segment,
 *   `**` any number of them, `(a|b)` one of these.
 * - `send(system, kind, path, data?)`: true once every subscriber of this node has been handed the event, the sender itself too.
 *   Whether anybody listens is not told.
 * - `sub:channel()`: always the same channel, of tables `{system, kind, path, data}`. It holds 64; what comes while it is full is
 *   dropped, which `sub:dropped()` counts and the first time is logged.
 * - `sub:close()`: true. Closes the channel, whose events can still be received. Safe to repeat.
 *
 * A subscription ends with its process. On a journal it goes on after a restart, without what happened meanwhile; what a process
 * sends may then be sent twice. A bad argument is INVALID.
 */
export const eventsModule: ModuleDefinition = {
  name: "events",
  build(shared) {
    const type: UserdataType<Subscription> = shared.engine.userdataType<Subscription>("Subscription", {
      methods: {
        channel: (call, self) => call.push(self.userdata),
        dropped: (call, self) => call.push(self.dropped),
        close: (call, self) => {
          self.close();
          call.push(true);
        },
      },
    });
    return shared.engine.library({
      subscribe: (call) => subscribe(call, type),
      send: (call) => {
        const args = namesOf(call, ["system", "kind", "path", "data"]);
        if ("message" in args) return failWith(call, args as Failure);
        const problem = eventProblem(args);
        if (problem !== undefined) return failWith(call, problem);
        return askService(call, { service: "events", operation: "send", args });
      },
    });
  },
};

class Subscription {
  readonly userdata: Pushable;
  dropped = 0;
  private readonly channel: HostChannel;
  private readonly owner: LuaProcess;
  private readonly system: string;
  private readonly tag: number;

  /** `opened` is called once: when no event is missed any more, or with the reason why nothing will come. */
  constructor(owner: LuaProcess, args: PayloadRecord, opened: (error?: Failure) => void) {
    this.owner = owner;
    this.system = String(args.system);
    const { channel, userdata } = owner.hostChannel(capacity);
    this.channel = channel;
    this.userdata = userdata;
    this.tag = owner.self.request({ kind: "hold", service: "events", operation: "subscribe", args });
    let isOpen = false;
    owner.onBrought(this.tag, (payload) => {
      if (payload !== null) return this.take(payload);
      // After a restart of the node the bus says so again.
      if (!isOpen) opened();
      isOpen = true;
    });
    owner.onSettled(this.tag, (outcome) => {
      channel.close();
      if (!isOpen && !outcome.ok) opened(outcome.error);
    });
  }

  close(): void {
    if (this.channel.closed) return;
    this.owner.drop(this.tag);
    this.channel.close();
  }

  private take(event: Payload): void {
    if (this.channel.offer(this.owner.shared.fromPayload(event))) return;
    if (++this.dropped > 1) return;
    const message = `a subscription to the events of "${this.system}" is full; events are dropped`;
    this.owner.self.log({ level: "warn", message, fields: { capacity, kind: (event as BusEvent).kind } });
  }
}

function subscribe(call: Call<LuaProcess>, type: UserdataType<Subscription>): Suspension | undefined {
  const args = namesOf(call, ["system", "kind"]);
  if ("message" in args) return failWith(call, args as Failure);
  const problem = subscriptionProblem(args);
  if (problem !== undefined) return failWith(call, problem);
  const { owner } = call;
  return owner.suspend(call, (resumption) => {
    const subscription = new Subscription(owner, args, (error) => {
      if (error === undefined) resumption.values(type.wrap(subscription));
      else resumption.values(undefined, owner.shared.pushableError(error));
    });
  });
}

/** The arguments by name; what a program may not send is a Failure. */
function namesOf(call: Call<LuaProcess>, names: readonly string[]): PayloadRecord | Failure {
  const payloads = argumentPayloads(call, 1, names.length);
  if ("message" in payloads) return payloads as Failure;
  return Object.fromEntries(payloads.map((payload, i) => [names[i]!, payload]));
}
