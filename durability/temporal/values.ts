/** Our payloads and records as Temporal payloads and back. Temporal's own failures are in close-event.ts and workflow/failure.ts. */
import { defaultPayloadConverter, type Payload as TemporalPayload } from "@temporalio/common";
import { type Payload, toPayload } from "../../mailbox/index.js";
import { headerKey } from "./workflow/protocol.js";

/** One Temporal payload per value, as json/plain. */
export function encodeValues(values: readonly Payload[]): TemporalPayload[] {
  return values.map((value) => defaultPayloadConverter.toPayload(value));
}

/** A value that anybody may have written; what no converter understands throws. */
export function decodeValue(payload: TemporalPayload): Payload {
  return toPayload(defaultPayloadConverter.fromPayload(payload));
}

export function encodeHeader(record: object): Record<string, TemporalPayload> {
  return { [headerKey]: defaultPayloadConverter.toPayload(record) };
}

/** Our record in a header; undefined when the sender is not one of us. */
export function decodeHeader(headers: Readonly<Record<string, TemporalPayload>>): unknown {
  const payload = headers[headerKey];
  return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
}
