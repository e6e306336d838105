/** What a journal holds, as lines for people. Where it is read is app/journal-tools.ts. */
import type { InputView, Inspected, OpenWork, OutRow, ProcessRow, ProcessView } from "../app/journal-tools.js";

const longest = 200;

/** A table, the rows of which are lines. */
export function tableLines(rows: readonly ProcessRow[]): string[] {
  if (rows.length === 0) return ["no processes"];
  const head = ["id", "entry", "state", "inputs", "bytes", "last input", "next timer", "undelivered", "names"];
  const cells = rows.map((row) => [
    row.id,
    row.entry ?? "",
    row.status,
    String(row.inputs ?? ""),
    String(row.bytes),
    timeText(row.lastInputAt),
    timeText(row.dueAt),
    String(row.undelivered),
    row.names.join(", "),
  ]);
  const table = [head, ...cells].map((row) => row.map(visible));
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const isNumber = ["inputs", "bytes", "undelivered"];
  const pad = (text: string, column: number): string =>
    isNumber.includes(head[column]!) ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
  return table.map((row) => row.map(pad).join("  ").trimEnd());
}

/** Everything about one process. */
export function processLines({ view, work }: Inspected): string[] {
  const { outbox, journal, problems } = view;
  return [
    view.pid,
    ...factLines(view),
    ...problems.map((problem) => `  problem: ${visible(problem)}`),
    ...section("inputs", [...baseLines(view), ...journal.map((input, index) => `${index + 1}  ${inputLine(input)}`)]),
    ...workLines(work),
    ...section("undelivered", outbox.map(outLine)),
  ];
}

function factLines(view: ProcessView): string[] {
  const { end, effects, lastInputAt, dueAt, names, boundNodes, deferred, closePolicy } = view;
  const facts: readonly (readonly [name: string, value: string | undefined])[] = [
    ["entry", view.entry],
    ["state", view.isWorkflow ? `${view.status} (workflow)` : view.status],
    ["ended", end === undefined ? undefined : `${reasonText(end.reason)}; kept until ${timeText(end.until)}`],
    ["incarnation", view.incarnation],
    ["source", view.source],
    ["last input", timeText(lastInputAt)],
    ["next timer", timeText(dueAt)],
    ["effects", effects === undefined ? undefined : `${effects} committed`],
    ["bytes", String(view.bytes)],
    ["names", names.join(", ")],
    ["bound to nodes", boundNodes.join(", ")],
    ["awaits answers to", deferred.map((tag) => `#${tag}`).join(", ")],
    ["parent's end", closePolicy],
  ];
  return facts.flatMap(([name, value]) => (value ? [`  ${name.padEnd(17)}  ${visible(value)}`] : []));
}

function baseLines({ base }: ProcessView): string[] {
  if (base === undefined) return [];
  if (base.start !== undefined) {
    const { at, spec } = base.start;
    const parent = spec.parent === "" ? "" : ` by ${spec.parent}`;
    return [`0  ${timeText(at)}  start of ${visible(spec.entry)}${visible(parent)}: ${dataText(spec.args)}`];
  }
  const { from } = base;
  const since = from?.upgrade === undefined ? "the state of its program" : "an upgrade";
  return [`0  ${timeText(from?.now)}  goes on from ${since}: ${dataText(from?.upgrade?.args ?? from?.state ?? null)}`];
}

/** One input, after its time. */
export function inputLine(input: InputView): string {
  return `${timeText(input.at)}  ${inputText(input)}`;
}

function inputText(input: InputView): string {
  switch (input.kind) {
    case "envelope":
      return signalText(input.signal, `from ${input.from === "" ? "outside" : visible(input.from)}`);
    case "answered":
      return `#${input.tag} is ${deliveryText(input.delivery)}`;
    case "settled":
      return `#${input.tag} gives ${input.outcome.ok ? dataText(input.outcome.value) : failureText(input.outcome.error)}`;
    case "brought":
      return `#${input.tag} brings ${dataText(input.payload)}`;
    case "spawned":
      return `#${input.tag} starts ${input.result.ok ? visible(input.result.pid) : `nothing: ${failureText(input.result.error)}`}`;
    case "nodedown":
      return `node ${visible(input.node)} is down`;
    case "overrun":
      return `over its budget after ${input.slices} slices`;
    case "discard":
      return `its mailbox was full: the oldest ${input.count} dropped`;
    case "stop":
      return `stopped by its host: ${reasonText(input.reason)}`;
    case "continue":
      return "asked to go on in a new journal";
    case "start":
    case "wake":
      return input.kind;
  }
}

type Signal = Extract<InputView, { kind: "envelope" }>["signal"];

function signalText(signal: Signal, whom: string): string {
  switch (signal.kind) {
    case "message":
      return `${signal.call === undefined ? "message" : "call"} ${quoted(signal.topic)} ${whom}: ${dataText(signal.payloads)}`;
    case "reply":
      return `reply #${signal.ref} ${whom}: ${signal.outcome.ok ? dataText(signal.outcome.value) : failureText(signal.outcome.error)}`;
    case "link":
    case "monitor":
      return `${signal.kind} #${signal.ref} ${whom}`;
    case "unlink":
    case "demonitor":
      return `${signal.kind} ${signal.refs.map((ref) => `#${ref}`).join(" ")} ${whom}`;
    case "exit":
      return `exit by ${signal.via} ${whom}: ${reasonText(signal.reason)}`;
    case "cancel":
      return `cancel ${whom}${signal.withinMs === undefined ? "" : ` within ${signal.withinMs} ms`}: ${visible(signal.reason ?? "")}`;
    case "kill":
      return `kill ${whom}`;
  }
}

function workLines(work: Inspected["work"]): string[] {
  if (work === undefined) return [];
  if (typeof work === "string") return [`  open requests: unknown, as it cannot be replayed: ${visible(work)}`];
  return [
    ...section("open requests", work.open.map(openLine)),
    ...section("links", work.links.map(visible)),
    ...section("monitors", work.watching.map(visible)),
    ...section("monitored by", work.watchers.map(visible)),
  ];
}

function openLine([tag, at, request]: OpenWork["open"][number]): string {
  return `#${tag}  ${timeText(at)}  ${requestText(request, at)}`;
}

function requestText(request: OpenWork["open"][number][2], at: number): string {
  switch (request.kind) {
    case "timer": {
      const again = request.periodMs === undefined ? "" : `, then every ${request.periodMs} ms`;
      return `timer, due ${timeText(at + request.delayMs)}${again}`;
    }
    case "invoke":
      return `call of ${visible(request.target)}: ${dataText(request.args)}`;
    case "spawn":
      return `spawn of ${visible(request.spec.entry)} on ${visible(request.spec.host)}: ${dataText(request.spec.args)}`;
    case "store":
      return `${request.operation} on ${visible(request.store)}: ${dataText(request.args)}`;
    case "ask":
    case "hold":
      return `${request.kind} ${visible(request.service)}.${visible(request.operation)}: ${dataText(request.args)}`;
    case "register":
    case "unregister":
    case "lookup":
      return `${request.kind} ${quoted(request.name)}`;
    case "random":
      return `${request.bytes} random bytes`;
  }
}

function outLine([number, envelope, tag]: OutRow): string {
  const awaited = tag === 0 ? "" : `, answers #${tag}`;
  const whom = `to ${visible(String(envelope.to))}`;
  return `${number}  ${signalText(envelope.sig as unknown as Signal, whom)}${awaited}`;
}

function section(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`  ${name}`, ...lines.map((line) => `    ${line}`)];
}

type Reason = NonNullable<ProcessView["end"]>["reason"];

function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case "normal":
      return `normal, ${dataText(reason.value)}`;
    case "failed":
      return `failed, ${failureText(reason.error)}`;
    case "cancelled":
      return `cancelled, ${visible(reason.reason)}`;
    case "killed":
    case "noproc":
      return reason.kind;
  }
}

function deliveryText(delivery: Extract<InputView, { kind: "answered" }>["delivery"]): string {
  return delivery.kind === "unreachable" ? `unreachable: ${failureText(delivery.error)}` : delivery.kind;
}

function failureText({ kind, message }: { readonly kind: string; readonly message: string }): string {
  return visible(`${kind}: ${message}`);
}

/** UTC; "" for a time that there is none of. */
export function timeText(ms: number | undefined): string {
  if (ms === undefined) return "";
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

function dataText(data: unknown): string {
  const text = JSON.stringify(data);
  return visible(text.length <= longest ? text : `${text.slice(0, longest)}... (${text.length} characters)`);
}

function quoted(text: string): string {
  return visible(JSON.stringify(text));
}

/** Control characters as escapes: what a program has written must not steer the terminal. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
