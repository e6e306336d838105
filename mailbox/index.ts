/** The vocabulary of processes. */
export { base64, fromBase64 } from "./base64.js";
export { durationMs, longestMs } from "./duration.js";
export {
  type Failure,
  failure,
  failureKinds,
  failureText,
  isNodeDown,
  linkedProcessFailed,
  nodeDown,
  normalizeKind,
  parseFailure,
  processNotFound,
  processTerminated,
} from "./failure.js";
export {
  droppedUnread,
  type FullPolicy,
  fullPolicies,
  type MailboxLimit,
  mailboxFull,
  mailboxFullText,
  mailboxStayedFull,
} from "./limit.js";
export { Mailbox } from "./mailbox.js";
export { type Message, MessageQueue, messageOf } from "./message-queue.js";
export {
  bytesPayload,
  checkPayloadSize,
  errorPayload,
  escapePlain,
  isRecord,
  maxPayloadBytes,
  maxPayloadDepth,
  numberPayload,
  type Payload,
  type PayloadTag,
  payloadBytes,
  payloadTag,
  payloadTooLarge,
  timePayload,
  toPayload,
} from "./payload.js";
export { formatPid, homeOf, makePid, type Pid, parsePid, pidMaker, samePid, setHome, unknownPid } from "./pid.js";
export { PidMap } from "./pid-map.js";
export { Queue } from "./queue.js";
export {
  accepted,
  type CallHop,
  type CallMark,
  type Delivery,
  deliveryError,
  deliveryOutcome,
  type Envelope,
  type ExitReason,
  exitError,
  gone,
  isAbnormal,
  type MessageSignal,
  messageProblem,
  mirror,
  type Ref,
  type ReplyOutcome,
  type Signal,
  topicProblem,
  unreachable,
} from "./signal.js";
export { decodeUtf8, encodeUtf8, utf8Length } from "./utf8.js";
export { decodeEnvelope, decodeReason, decodeSignal, encodeEnvelope, type WireEnvelope, wireVersion } from "./wire.js";
