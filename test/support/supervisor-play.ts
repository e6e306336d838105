/** Plays supervisor scripts on our supervisor: a memory host in virtual time. Gives the trace that beam/supervisor_oracle.erl gives. */
import {
  type Client,
  createSystem,
  type Outcome,
  type Program,
  type SpawnResult,
  type SpawnSpec,
  type SystemEvents,
  supervisorArgs,
  supervisorEntry,
  supervisorPatienceMs,
  supervisorRequest,
  supervisorTopic,
  systemPid,
} from "../../actors/index.js";
import { type Envelope, failure, type Pid, parsePid, type Signal } from "../../mailbox/index.js";
import { supervisorProgram } from "../../supervision/index.js";
import {
  type Act,
  callText,
  type How,
  type RequestScript,
  type SpecScript,
  type StepScript,
  type SupervisorScript,
} from "./supervisor-script.js";
import { hostId, StageClock, StageHost, StageScheduler } from "./supervisor-stage.js";
import {
  answerText,
  ends,
  endText,
  leaveSignal,
  requestPayload,
  scriptWorker,
  treePayload,
} from "./supervisor-words.js";

const outside = systemPid("script");

interface Citizen {
  readonly id: string;
  readonly label: string;
  readonly pid: Pid;
}

interface Call {
  /** 0 until it is sent. */
  ref: number;
  readonly answer: (outcome: Outcome) => void;
}

export function playOurs(script: SupervisorScript, makeSupervisor: () => Program = supervisorProgram): string[] {
  return new Play(makeSupervisor).run(script);
}

class Play {
  private readonly clock = new StageClock();
  private readonly scheduler = new StageScheduler(this.clock);
  private readonly system = createSystem({
    node: "virtual",
    clock: this.clock,
    load: ({ entry }) => (entry === supervisorEntry ? this.makeSupervisor() : scriptWorker()),
    invoke: () => () => {},
    randomBytes: (count) => new Uint8Array(count),
  });
  private readonly makeSupervisor: () => Program;
  private readonly host: StageHost;
  private readonly parent: Client;
  private readonly caller: Client;
  private readonly trace: string[] = [];
  private readonly living = new Map<string, Citizen>();
  /** The last pid of each id. */
  private readonly pids = new Map<string, Pid>();
  private readonly starts = new Map<string, number>();
  private calls: Call[] = [];
  /** What is to be done when that supervisor waits for a child. */
  private armed: { readonly pid: Pid; readonly during: readonly Act[] } | undefined;

  constructor(makeSupervisor: () => Program) {
    this.makeSupervisor = makeSupervisor;
    this.host = new StageHost(
      this.system,
      this.scheduler,
      (spec, start) => this.starting(spec, start),
      (envelope) => this.sent(envelope),
    );
    this.system.attach(this.host);
    this.parent = this.host.openClient("test:parent");
    this.caller = this.host.openClient("test:caller");
    this.living.set(this.parent.pid.text, { id: "parent", label: "parent", pid: this.parent.pid });
    this.system.events.on("exit", (event) => this.ended(event));
  }

  run({ spec, steps }: SupervisorScript): string[] {
    this.startRoot(spec);
    this.endStep();
    for (const step of steps) {
      this.step(step);
      this.endStep();
    }
    return this.trace;
  }

  private startRoot(spec: SpecScript): void {
    const args = supervisorArgs(treePayload(spec), { attended: true, bound: true });
    const done = ({ ok }: Outcome): unknown => this.trace.push(`start_link -> ${ok ? "ok" : "error"}`);
    this.parent.start(
      (self) => self.spawn(supervisorEntry, hostId, args, { link: true, options: { id: "root" } }),
      (spawned) => {
        if (!spawned.ok) throw new Error(spawned.error.message);
        const root = parsePid(String(spawned.value))!;
        this.parent.start(
          (self) => self.call(root, supervisorTopic, [supervisorRequest("started")], supervisorPatienceMs),
          done,
        );
      },
    );
  }

  private endStep(): void {
    this.settle();
    this.armed = undefined;
    this.trace.push("--");
  }

  /** Let everything happen that needs no time. */
  private settle(): void {
    do this.clock.runNow();
    while (this.scheduler.run() || this.clock.runNow() > 0);
  }

  private step(step: StepScript): void {
    const sup = this.find(step.sup);
    this.armed = sup && { pid: sup.pid, during: step.during };
    if (step.acts.length > 1 && sup !== undefined) this.scheduler.hold(sup.pid);
    for (const act of step.acts) this.do(act);
    this.scheduler.release();
  }

  /** And let everybody who is not held do what follows. */
  private do(act: Act): void {
    switch (act.act) {
      case "pass":
        this.clock.advance(act.seconds * 1000);
        return;
      case "leave": {
        const citizen = this.find(act.id);
        if (citizen !== undefined) this.signal(citizen.pid, leaveSignal(act.how));
        break;
      }
      case "call":
        this.call(act.sup, act.request);
        break;
      case "stop": {
        const root = this.find("root");
        if (root !== undefined) this.signal(root.pid, { kind: "cancel" });
        break;
      }
      case "parent":
        if (this.find("root") !== undefined) this.endParent(act.how);
        break;
    }
    this.settle();
  }

  private endParent(how: Exclude<How, "shutdown">): void {
    if (how === "kill") this.signal(this.parent.pid, { kind: "kill" });
    else
      this.parent.start((self) => {
        self.exit(ends[how]);
        return 0;
      }, ignore);
  }

  private call(sup: string, request: RequestScript): void {
    const target = this.find(sup);
    const text = callText(request);
    if (target === undefined) {
      this.trace.push(`${text} -> gone`);
      return;
    }
    const payload = requestPayload(request, this.pids);
    const labelOf = (pid: string): string | undefined => this.living.get(pid)?.label;
    const answer = (outcome: Outcome): void => {
      this.trace.push(`${text} -> ${answerText(request, payload, outcome, labelOf)}`);
    };
    const call: Call = { ref: 0, answer };
    this.calls.push(call);
    this.caller.start(
      (self) => self.call(target.pid, supervisorTopic, [payload], supervisorPatienceMs),
      (outcome) => this.answered(call, outcome),
    );
  }

  /** An answer counts when it is sent: its receiver may have its turn after others. */
  private sent({ from, to, signal }: Envelope): void {
    if (from === this.caller.pid && signal.kind === "message" && signal.call !== undefined)
      this.calls.find(({ ref }) => ref === 0)!.ref = signal.call.ref;
    if (to !== this.caller.pid || signal.kind !== "reply") return;
    const call = this.calls.find(({ ref }) => Math.abs(ref) === Math.abs(signal.ref));
    if (call !== undefined) this.answered(call, signal.outcome);
  }

  private answered(call: Call, outcome: Outcome): void {
    if (!this.calls.includes(call)) return;
    this.calls = this.calls.filter((other) => other !== call);
    call.answer(outcome);
  }

  private starting(spec: SpawnSpec, start: () => SpawnResult): SpawnResult {
    const { id, fails } = spec.options as unknown as { id: string; fails?: readonly number[] };
    const own = typeof spec.args[0] === "string" ? spec.args[0] : id;
    const number = (this.starts.get(own) ?? 0) + 1;
    this.starts.set(own, number);
    const label = `${own}#${number}`;
    const isRefused = fails?.includes(number) === true;
    this.trace.push(`${isRefused ? "fail" : "start"} ${label}`);
    this.meanwhile(spec.parent);
    if (isRefused) return { ok: false, error: failure("INTERNAL", "refused") };
    const result = start();
    if (!result.ok) throw new Error(result.error.message);
    this.living.set(result.pid.text, { id: own, label, pid: result.pid });
    this.pids.set(own, result.pid);
    return result;
  }

  /** What is to be done while that supervisor waits for a child. */
  private meanwhile(supervisor: Pid): void {
    const { armed } = this;
    if (armed === undefined || supervisor !== armed.pid) return;
    this.armed = undefined;
    this.scheduler.hold(supervisor);
    for (const act of armed.during) this.do(act);
    this.scheduler.release();
  }

  private ended({ pid, entry, reason }: SystemEvents["exit"][0]): void {
    const citizen = this.living.get(pid.text);
    if (citizen === undefined) return;
    this.living.delete(pid.text);
    this.trace.push(`down ${citizen.label} ${endText(entry, reason)}`);
  }

  private find(id: string): Citizen | undefined {
    for (const citizen of this.living.values()) if (citizen.id === id) return citizen;
    return undefined;
  }

  private signal(to: Pid, signal: Signal): void {
    void this.system.router.route({ from: outside, incarnation: "", to, seq: 0, signal });
  }
}

function ignore(): void {}
