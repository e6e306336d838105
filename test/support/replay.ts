/** The journal's law before any journal: record the inputs of a run, feed them to a fresh process, compare every call on the port. */
import { isDeepStrictEqual } from "node:util";
import type { Input, LogRecord, Port, Process, Program, Request } from "../../actors/index.js";
import type { Envelope, ExitReason, Failure, Payload } from "../../mailbox/index.js";

export type PortCall =
  | { call: "transmit"; envelope: Envelope; tag: number; accepted: boolean }
  | { call: "request"; tag: number; request: Request }
  | { call: "drop"; tag: number }
  | { call: "log"; record: LogRecord }
  | { call: "halt"; reason: ExitReason };

/** One input, or the start of another program, the slices it was run in, and the calls that followed from it. */
export type RecordedTurn = ({ input: Input } | { become: string; at: number }) & {
  slices: number;
  calls: PortCall[];
};

export interface Recording {
  name: string;
  turns: RecordedTurn[];
  /** A process as it was before its first input. */
  fresh: () => Process;
  /** What the process becomes by an upgrade. */
  load?: (entry: string) => Program | Failure;
}

/** A port that notes every call and passes it on. */
export class RecordingPort implements Port {
  calls: PortCall[] = [];
  private readonly behind: Port | undefined;
  /** Answers to the next transmissions, when nobody is behind. */
  private readonly answers: boolean[];

  constructor(behind?: Port, recorded: readonly PortCall[] = []) {
    this.behind = behind;
    this.answers = recorded.flatMap((call) => (call.call === "transmit" ? [call.accepted] : []));
  }

  transmit(envelope: Envelope, tag: number): boolean {
    const accepted = this.behind === undefined ? (this.answers.shift() ?? false) : this.behind.transmit(envelope, tag);
    this.calls.push({ call: "transmit", envelope, tag, accepted });
    return accepted;
  }

  request(tag: number, request: Request): void {
    this.calls.push({ call: "request", tag, request });
    this.behind?.request(tag, request);
  }

  drop(tag: number): void {
    this.calls.push({ call: "drop", tag });
    this.behind?.drop(tag);
  }

  log(record: LogRecord): void {
    this.calls.push({ call: "log", record });
    this.behind?.log(record);
  }

  info(): Payload | undefined {
    return this.behind?.info();
  }

  halt(reason: ExitReason): void {
    this.calls.push({ call: "halt", reason });
    this.behind?.halt(reason);
  }
}

/** Feed one recorded input and run as many slices as the recording had; returns the calls. */
function feedRecorded(recording: Recording, process: Process, turn: RecordedTurn): PortCall[] {
  const port = new RecordingPort(undefined, turn.calls);
  if ("input" in turn) process.feed(turn.input, port);
  else process.become(recording.load!(turn.become), turn.at, port);
  for (let slice = 0; slice < turn.slices; slice++) process.run(port);
  return port.calls;
}

/** Replay a recording from its start, cut after each input in turn, and go on to its end: every port call must be the same. */
export function assertReplays(recording: Recording): void {
  for (let cut = 0; cut < recording.turns.length; cut++) replayFrom(recording, cut);
}

/** As a take-over after a crash: the calls before the cut are compared with those recorded, then a second life goes on. */
function replayFrom(recording: Recording, cut: number): void {
  const first = recording.fresh();
  for (let i = 0; i <= cut; i++)
    compare(recording, i, feedRecorded(recording, first, recording.turns[i]!), `first life, cut ${cut}`);
  const second = recording.fresh();
  for (let i = 0; i <= cut; i++) feedRecorded(recording, second, recording.turns[i]!);
  const last = Math.min(recording.turns.length - 1, cut + 2);
  for (let i = cut + 1; i <= last; i++)
    compare(recording, i, feedRecorded(recording, second, recording.turns[i]!), `after cut ${cut}`);
  if (first.status !== second.status && cut === recording.turns.length - 1)
    throw new Error(`${recording.name}: status differs`);
}

function compare(recording: Recording, index: number, calls: PortCall[], where: string): void {
  const turn = recording.turns[index]!;
  if (isDeepStrictEqual(calls, turn.calls)) return;
  throw new Error(
    `${recording.name}: ${where}: input ${index} (${"input" in turn ? turn.input.kind : "become"}) gave other port calls\n` +
      `recorded ${JSON.stringify(turn.calls)}\nreplayed ${JSON.stringify(calls)}`,
  );
}
