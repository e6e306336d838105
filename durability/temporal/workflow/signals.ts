/** From a Temporal signal to an envelope. What the process does with it is the kernel's business. */
import {
  base64,
  bytesPayload,
  type CallHop,
  type CallMark,
  decodeEnvelope,
  type Envelope,
  type Payload,
  type Pid,
  parsePid,
  toPayload,
  unknownPid,
} from "../../../mailbox/index.js";
import type { Incoming } from "./carrier.js";
import { kernelSignal, protocolVersion, type SignalHeader } from "./protocol.js";

/** Throws a TypeError that says what is wrong: anyone may signal a workflow. */
export function envelopeOfSignal(self: Pid, name: string, { args, header }: Incoming): Envelope {
  if (name === kernelSignal) return decodeEnvelope(args[0]);
  if (name.startsWith("@"))
    throw new TypeError(`signal names that start with @ are reserved, and ${name} is not one of them`);
  const known = header === undefined ? undefined : readSignalHeader(header);
  return {
    from: known?.from ?? unknownPid,
    incarnation: known?.header.incarnation ?? "",
    to: self,
    seq: known?.header.seq ?? 0,
    signal: {
      kind: "message",
      topic: name,
      payloads: args.map(foreignPayload),
      ...(known?.header.call === undefined ? {} : { call: known.header.call }),
    },
  };
}

/** Values as other clients may send them: nothing is null, raw bytes are tagged. */
export function foreignPayload(value: unknown): Payload {
  // Bytes may come from another realm, where instanceof fails.
  if (ArrayBuffer.isView(value)) {
    return bytesPayload(base64(new Uint8Array(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))));
  }
  return toPayload(value);
}

function readSignalHeader(value: unknown): { from: Pid; header: SignalHeader } {
  const header = value as SignalHeader;
  if (typeof header !== "object" || header === null || header.v !== protocolVersion) {
    throw new TypeError(`the signal's header is not of version ${protocolVersion}`);
  }
  const from = header.from === "" ? unknownPid : parsePid(String(header.from));
  if (from === undefined) throw new TypeError(`the signal's sender is not a pid: ${String(header.from)}`);
  if (typeof header.incarnation !== "string" || !(Number.isSafeInteger(header.seq) && header.seq >= 0)) {
    throw new TypeError("the signal's header lacks the sender's incarnation or number");
  }
  if (header.call !== undefined && !isCallMark(header.call)) throw new TypeError("the signal's call mark is malformed");
  return { from, header };
}

/** In every part: the kernel relies on it. */
function isCallMark(mark: CallMark): boolean {
  if (typeof mark !== "object" || mark === null || !Number.isSafeInteger(mark.ref)) return false;
  const isHop = (hop: CallHop): boolean => typeof hop?.pid === "string" && Number.isSafeInteger(hop.ref);
  return Array.isArray(mark.chain) && mark.chain.every(isHop);
}
