/** Values that every host must carry unchanged. */
import type { Payload } from "../../mailbox/index.js";

export const corpus: readonly Payload[] = [
  null,
  true,
  false,
  0,
  -1,
  2 ** 31,
  2 ** 53 - 1,
  1.5,
  1e300,
  "",
  "text",
  "naïve 日本語 \u{1F600}",
  "a\u0000b",
  { $bytes: "//79/A==" },
  [],
  [1, 2, 3],
  { a: 1, b: [true, "x"] },
  { nested: { deep: { deeper: [[], [1]] } } },
  { $error: { kind: "CONFLICT", message: "taken", retryable: true, details: { by: "x" } } },
  { $time: "2026-03-01T12:30:00.123456789Z" },
  { $plain: { $bytes: "not a tag" } },
];
