/** A process of a script on our side: a behaviour that does acts in a row, as it is told, and notes what it gets. */
import type { Behaviour, BehaviourEvent, Command, Outcome, Step } from "../../../actors/index.js";
import { type ExitReason, type Failure, failure, type Payload, type Pid, parsePid } from "../../../mailbox/index.js";

/** As in a script, but every target is the text of a pid, or a name. */
export type PlainAct = readonly [verb: string, ...rest: Payload[]];

export interface Orders {
  readonly acts: readonly PlainAct[];
  /** Number of the first act. */
  readonly from: number;
  /** One after the other, each answered before the next, as a coroutine of Lua would; else all at once. */
  readonly waits: boolean;
}

/** What a citizen says of itself, and what it may look at: nothing that its journal would have to know. */
export interface Witness {
  born(pid: Pid): void;
  result(pid: Pid, act: number, result: string): void;
  /** `ended`: whose end it is, for a look at what is left of that process. */
  got(pid: Pid, from: Pid, item: string, ended: boolean): void;
  namesOf(pid: Pid): readonly string[];
}

interface State {
  readonly self: string;
  readonly todo: readonly (readonly [number, PlainAct])[];
  readonly waits: boolean;
}

type Go = { readonly commands: Command[]; readonly state: State };

/** `entry` and `hosts`: what children are, and where they may be. */
export function citizen(witness: Witness, entry: string, hosts: readonly string[]): Behaviour<Payload> {
  return new Citizen(witness, entry, hosts) as unknown as Behaviour<Payload>;
}

class Citizen implements Behaviour<State> {
  constructor(
    private readonly witness: Witness,
    private readonly entry: string,
    private readonly hosts: readonly string[],
  ) {}

  init(args: readonly Payload[], self: Pid): Step<State> {
    this.witness.born(self);
    const acts = (args[0] ?? []) as unknown as readonly PlainAct[];
    return this.go({ self: self.text, todo: [...acts.entries()], waits: true });
  }

  handle(state: State, event: BehaviourEvent): Step<State> {
    const self = parsePid(state.self)!;
    switch (event.kind) {
      case "message":
        return this.message(state, self, event.from, event.topic, event.payloads[0]!);
      case "answer":
        return this.answered(state, self, event.as.split(" "), event.outcome);
      case "exit":
        this.witness.got(self, event.from, `exit ${reasonText(event.reason)}`, true);
        return { state };
      case "link_down":
        this.witness.got(self, event.from, `down ${errorText(event.error)}`, true);
        return { state };
      default:
        return { state };
    }
  }

  private message(state: State, self: Pid, from: Pid, topic: string, payload: Payload): Step<State> {
    if (topic === "n") {
      this.witness.got(self, from, `message ${payload}`, false);
      return { state };
    }
    const { acts, from: first, waits } = payload as unknown as Orders;
    return this.go({ ...state, todo: acts.map((act, i) => [first + i, act]), waits });
  }

  private answered(state: State, self: Pid, [what, number]: readonly string[], outcome: Outcome): Step<State> {
    const act = Number(number);
    if (what === "found") {
      const [[k, [verb, , ...rest]], ...others] = state.todo as [State["todo"][number], ...State["todo"]];
      if (outcome.ok) return this.go({ ...state, todo: [[k, [verb, outcome.value, ...rest]], ...others] });
      this.witness.result(self, act, "noproc");
      return this.go({ ...state, todo: others });
    }
    this.witness.result(self, act, outcomeText(what!, outcome));
    return state.waits ? this.go(state) : { state };
  }

  /** Do what is to be done, up to what has to be waited for. */
  private go(state: State): Go {
    const commands: Command[] = [];
    let { todo } = state;
    for (let next = todo[0]; next !== undefined; next = todo[0]) {
      const [k, act] = next;
      const [verb, dest] = act;
      if (destined.has(verb) && parsePid(String(dest)) === undefined) {
        commands.push({ kind: "request", request: { kind: "lookup", name: String(dest) }, as: `found ${k}` });
        return { state: { ...state, todo }, commands };
      }
      todo = todo.slice(1);
      if (verb === "crash" && commands.length === 0) throw new Error("boom");
      const command = this.command(parsePid(state.self)!, k, act);
      if (command === undefined) continue;
      commands.push(command);
      if (state.waits && "as" in command) break;
    }
    return { state: { ...state, todo }, commands };
  }

  private command(self: Pid, k: number, [verb, first, second, third, fourth]: PlainAct): Command | undefined {
    const to = parsePid(String(first))!;
    const as = `${verb} ${k}`;
    switch (verb) {
      case "send":
        return { kind: "send", to, topic: "n", payloads: [second!], as };
      case "link":
      case "monitor":
      case "kill":
        return { kind: verb, to, as };
      case "unlink":
      case "demonitor":
        this.witness.result(self, k, "ok");
        return { kind: verb, to };
      case "trap":
        this.witness.result(self, k, "ok");
        return { kind: "trap_links", on: first === true };
      case "register":
        return this.register(self, k, String(first), parsePid(String(second))!);
      case "unregister":
      case "whereis":
        return {
          kind: "request",
          request: { kind: verb === "whereis" ? "lookup" : verb, name: String(first) },
          as,
        };
      case "exit":
        return { kind: "stop", reason: exitReason(String(first)) };
      case "crash":
        return { kind: "stop", reason: { kind: "failed", error: failure("INTERNAL", "boom") } };
      case "spawn": {
        const bonds = first as readonly Payload[];
        const options = { link: bonds.includes("link"), monitor: bonds.includes("monitor") };
        const host = this.hosts[Number(third) % this.hosts.length]!;
        const named = second === "none" ? options : { ...options, name: String(second) };
        return { kind: "spawn", entry: this.entry, host, args: [fourth!], options: named, as };
      }
    }
    throw new Error(`no such act: ${verb}`);
  }

  /** Erlang has one name for a process at most, so a second one is not asked for. */
  private register(self: Pid, k: number, name: string, pid: Pid): Command | undefined {
    const others = this.witness.namesOf(pid).filter((other) => other !== name);
    if (others.length === 0) return { kind: "request", request: { kind: "register", name, pid }, as: `register ${k}` };
    this.witness.result(self, k, "second_name");
    return undefined;
  }
}

const destined = new Set(["send", "link", "unlink", "monitor", "demonitor", "kill"]);

const givenReason = "GIVEN";

function exitReason(reason: string): ExitReason {
  if (reason === "normal") return { kind: "normal", value: null };
  return { kind: "failed", error: failure(givenReason, reason) };
}

/** In the words of the comparison. */
export function reasonText(reason: ExitReason): string {
  if (reason.kind === "failed") return errorText(reason.error);
  return reason.kind;
}

export function errorText({ kind, message }: Failure): string {
  if (kind === givenReason) return `exit ${message}`;
  if (message === "linked process failed") return "linked";
  if (message === "process terminated") return "killed";
  if (kind === "NOT_FOUND") return "noproc";
  return `${kind} ${message}`;
}

function outcomeText(verb: string, outcome: Outcome): string {
  if (!outcome.ok) {
    const { kind, message } = outcome.error;
    if (kind === "NOT_FOUND") return "noproc";
    if (kind === "ALREADY_EXISTS") return verb === "monitor" ? "already" : "taken";
    return `${kind} ${message}`;
  }
  if (verb === "unregister") return outcome.value === true ? "ok" : "not_mine";
  return verb === "whereis" || verb === "spawn" ? `pid ${outcome.value}` : "ok";
}
