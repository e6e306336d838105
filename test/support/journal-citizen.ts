/** Citizens of a simulated journal world: a behaviour that does random things out of its own state. */
import type { Behaviour, BehaviourEvent, Command } from "../../actors/index.js";
import { type Payload, type Pid, parsePid } from "../../mailbox/index.js";
import { type Chapter, type Chronicles, hosts, nextDigest } from "./journal-chronicle.js";
import { Random } from "./random.js";

/** JSON-shaped, as the journal stores it. */
export interface CitizenState {
  readonly self: string;
  readonly k: number;
  readonly digest: string;
  readonly seed: number;
  /** Operations it may still do of its own accord. */
  readonly fuel: number;
  /** Messages sent so far. */
  readonly sent: number;
  readonly peers: readonly string[];
}

export const names = ["ann", "bob", "eve"];

/** Of all that it does, how often what. */
const weights: readonly (readonly [what: string, weight: number])[] = [
  ["send", 26],
  ["fan", 6],
  ["spawn", 9],
  ["exec", 3],
  ["link", 5],
  ["unlink", 3],
  ["monitor", 6],
  ["demonitor", 3],
  ["trap", 4],
  ["timer", 6],
  ["register", 3],
  ["unregister", 2],
  ["lookup", 2],
  ["invoke", 5],
  ["random", 3],
  ["stop", 2],
  ["kill", 1],
  ["cancel", 2],
  ["upgrade", 2],
];

/** A process that does up to `fuel` random operations: `args` are its seed, its fuel, its peers and who made it. */
export function citizen(chronicles: Chronicles): Behaviour<Payload> {
  const begin = (args: readonly Payload[], pid: Pid) => {
    const [first] = args as unknown as [CitizenState | { seed: number; fuel: number; peers: string[] }];
    const before: CitizenState = { self: pid.text, k: 0, digest: "", sent: 0, ...first };
    return advance(before, { kind: "init", args }, 0);
  };
  const advance = (before: CitizenState, event: Chapter["event"], now: number) => {
    const digest = nextDigest(before.digest, event, now);
    const { state, commands } = react({ ...before, digest }, event);
    const { self, k } = before;
    chronicles.write(self, k, "app:citizen", { event, now, digest, commands });
    return { state: { ...state, k: k + 1 } as unknown as Payload, commands };
  };
  return {
    init: begin,
    handle: (state, event, now) => advance(state as unknown as CitizenState, event, now),
  };
}

function react(before: CitizenState, event: Chapter["event"]): { state: CitizenState; commands: Command[] } {
  if (event.kind === "message" && event.topic === "query") return { state: before, commands: [] };
  const random = new Random(before.seed);
  const turn = new CitizenTurn(before, random);
  turn.meet(event);
  if (event.kind === "message") turn.heard(event);
  if (event.kind === "cancel" && random.chance(0.5)) turn.stop(false);
  for (let i = event.kind === "init" ? 2 : random.below(3); i > 0; i--) turn.act();
  return { state: { ...turn.state, seed: random.below(2 ** 31) }, commands: turn.commands };
}

class CitizenTurn {
  readonly commands: Command[] = [];
  state: CitizenState;
  private over = false;
  private readonly random: Random;

  constructor(state: CitizenState, random: Random) {
    this.state = state;
    this.random = random;
  }

  meet(event: Chapter["event"]): void {
    if ("from" in event && event.from.node !== "") this.know(event.from.text);
    if (event.kind === "answer" && event.outcome.ok && typeof event.outcome.value === "string") {
      if (parsePid(event.outcome.value) !== undefined) this.know(event.outcome.value);
    }
    if (event.kind === "message") {
      const { met } = (event.payloads[0] ?? {}) as { met?: string };
      if (met !== undefined) this.know(met);
    }
  }

  heard(message: Extract<BehaviourEvent, { kind: "message" }>): void {
    if (message.call !== undefined && this.random.chance(0.9)) {
      this.commands.push({ kind: "reply", message, outcome: { ok: true, value: this.mark() } });
    }
    const { fuel } = message.payloads[0] as { fuel?: number };
    if (fuel !== undefined) this.state = { ...this.state, fuel: this.state.fuel + fuel };
  }

  act(): void {
    if (this.over || this.state.fuel <= 0) return;
    this.state = { ...this.state, fuel: this.state.fuel - 1 };
    this.perform(this.choose());
  }

  stop(crash: boolean): void {
    this.over = true;
    const error = { kind: "INTERNAL", message: "boom" };
    this.commands.push({
      kind: "stop",
      reason: crash ? { kind: "failed", error } : { kind: "normal", value: this.mark() },
    });
  }

  private perform(what: string): void {
    const { random } = this;
    switch (what) {
      case "send":
        return this.send(this.peer());
      case "fan": {
        for (let i = 1 + random.below(3); i > 0; i--) this.send(this.peer());
        return;
      }
      case "link":
      case "monitor":
        return this.push({ kind: what, to: this.peer(), as: this.as() });
      case "unlink":
      case "demonitor":
        return this.push({ kind: what, to: this.peer() });
      case "kill":
        return this.push({ kind: "kill", to: this.victim(), as: this.as() });
      case "cancel":
        return this.push({
          kind: "cancel",
          to: this.victim(),
          as: this.as(),
          ...(random.chance(0.5) ? { withinMs: random.below(100) } : {}),
        });
      case "trap":
        return this.push({ kind: "trap_links", on: random.chance(0.7) });
      case "stop":
        return this.stop(random.chance(0.6));
      case "upgrade":
        this.over = true;
        return this.push({
          kind: "upgrade",
          args: [{ ...this.state, k: this.state.k + 1, seed: random.below(2 ** 31) } as unknown as Payload],
        });
      case "spawn":
      case "exec":
        return this.spawn(what);
      default:
        return this.request(what);
    }
  }

  private request(what: string): void {
    const { random } = this;
    const as = this.as();
    const name = random.pick(names);
    switch (what) {
      case "timer":
        return this.push({ kind: "request", request: { kind: "timer", delayMs: random.below(200) }, as });
      case "random":
        return this.push({ kind: "request", request: { kind: "random", bytes: 4 }, as });
      case "register":
        return this.push({ kind: "request", request: { kind: "register", name, pid: parsePid(this.state.self)! }, as });
      case "unregister":
      case "lookup":
        return this.push({ kind: "request", request: { kind: what, name }, as });
      case "invoke": {
        const key = `${this.state.self}/${as}`;
        const request = {
          kind: "invoke",
          target: "app:job",
          args: [this.mark()],
          context: {},
          options: {},
          key,
        } as const;
        return this.push({ kind: "request", request, as });
      }
    }
  }

  private spawn(kind: "spawn" | "exec"): void {
    const { random, state } = this;
    const as = this.as();
    const fuel = random.below(Math.min(12, state.fuel + 1));
    this.state = { ...state, fuel: state.fuel - fuel };
    const args = [
      {
        seed: random.below(2 ** 31),
        fuel,
        peers: [state.self, ...state.peers.slice(-2)],
        birth: { ...this.mark(), as },
      },
    ];
    const options = {
      ...(random.chance(0.4) ? { link: true } : {}),
      ...(random.chance(0.5) ? { monitor: true } : {}),
      ...(random.chance(0.25) ? { name: random.pick(names) } : {}),
      ...(random.chance(0.3) ? { messages: [{ topic: "hello", payloads: [{ birth: as }] }] } : {}),
    };
    const host = random.chance(0.75) ? hosts.journal : hosts.memory;
    if (kind === "spawn") return this.push({ kind, entry: "app:citizen", host, args: args as never, options, as });
    return this.push({ kind, entry: "app:brief", host, args: args as never, options: {}, as });
  }

  private send(to: Pid): void {
    const n = this.state.sent + 1;
    this.state = { ...this.state, sent: n };
    const met: { [key: string]: Payload } = this.random.chance(0.3) ? { met: this.peer().text } : {};
    this.push({ kind: "send", to, topic: "n", payloads: [{ n, ...met, ...this.mark() }], as: this.as() });
  }

  private push(command: Command): void {
    this.commands.push(command);
  }

  /** Where in its life it says this; whoever hears it can check that this life was the real one. */
  private mark(): { by: string; k: number; d: string } {
    const { self, k, digest } = this.state;
    return { by: self, k, d: digest };
  }

  private as(): string {
    return `${this.state.k}.${this.commands.length}`;
  }

  private peer(): Pid {
    const { peers, self } = this.state;
    return parsePid(peers.length === 0 ? self : this.random.pick(peers))!;
  }

  /** Not the client of the node, by which the test speaks. */
  private victim(): Pid {
    const to = this.peer();
    return to.id === "0x00001" ? parsePid(this.state.self)! : to;
  }

  private know(pid: string): void {
    const { peers, self } = this.state;
    if (pid === self || peers.includes(pid)) return;
    this.state = { ...this.state, peers: [...peers.slice(-5), pid] };
  }

  private choose(): string {
    let at = this.random.below(weights.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [what, weight] of weights) {
      at -= weight;
      if (at < 0) return what;
    }
    return "send";
  }
}
