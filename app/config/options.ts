/** Types of the option defaults an entry may carry in `meta.options`: of starts, activities and calls. Applying them is the host's. */

import { z } from "zod";
import type { PayloadRecord } from "../../actors/index.js";
import { callOptionProblem, durationMs } from "../../durability/workflow/index.js";
import { toPayload } from "../../mailbox/index.js";
import { isRecord } from "./drafts.js";

type OptionType = "text" | "flag" | "duration" | "map" | "retry";

const shared: Record<string, OptionType> = {
  id: "text",
  task_queue: "text",
  retry_policy: "retry",
  summary: "text",
  priority: "map",
  wait_for_cancellation: "flag",
};

const workflowOptions: Record<string, OptionType> = {
  ...shared,
  execution_timeout: "duration",
  run_timeout: "duration",
  task_timeout: "duration",
  execution_error_when_already_started: "flag",
  cron_schedule: "text",
  memo: "map",
  search_attributes: "map",
  typed_search_attributes: "map",
  enable_eager_start: "flag",
  start_delay: "duration",
  static_summary: "text",
  details: "text",
  static_details: "text",
  parent_close_policy: "text",
  namespace: "text",
};

const activityOptions: Record<string, OptionType> = {
  ...shared,
  start_to_close_timeout: "duration",
  schedule_to_close_timeout: "duration",
  schedule_to_start_timeout: "duration",
  heartbeat_timeout: "duration",
  disable_eager_execution: "flag",
};

const expected: Record<OptionType, string> = {
  text: "text that is not empty",
  flag: "true or false",
  duration: 'a duration such as "30s", or a number of milliseconds',
  map: "a map",
  retry: "a map",
};

const retryDurations = ["initial_interval", "maximum_interval"];
const retryNumbers = ["backoff_coefficient", "maximum_attempts"];

/** Unknown keys pass: they may belong to another host. */
export const entryOptions = z
  .record(z.string(), z.unknown())
  .default({})
  .superRefine((options, context) => {
    const fail = (path: string[], wanted: string) => {
      context.addIssue({ code: "custom", path, message: `must be ${wanted}` });
    };
    for (const [key, value] of Object.entries(options)) {
      const type = typeOf(key);
      if (type === undefined) continue;
      if (!fits(type, value)) fail([key], expected[type]);
      else if (type === "retry" && isRecord(value)) checkRetry(value, (field, wanted) => fail([key, field], wanted));
    }
    const problem = callOptionProblem(toPayload(options) as PayloadRecord);
    const [, name, message] = /^(\S+) (.*)$/s.exec(problem ?? "") ?? [];
    if (name !== undefined) context.addIssue({ code: "custom", path: name.split("."), message: message! });
  });

function typeOf(key: string): OptionType | undefined {
  const bare = key.replace(/^temporal\./, "");
  const [group, name] = [bare.slice(0, bare.indexOf(".")), bare.slice(bare.indexOf(".") + 1)];
  const table = group === "workflow" ? workflowOptions : group === "activity" ? activityOptions : {};
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function fits(type: OptionType, value: unknown): boolean {
  switch (type) {
    case "text":
      return typeof value === "string" && value !== "";
    case "flag":
      return typeof value === "boolean";
    case "duration":
      return durationMs(value) !== undefined;
    case "map":
    case "retry":
      return isRecord(value);
  }
}

function checkRetry(policy: Record<string, unknown>, fail: (field: string, wanted: string) => void): void {
  for (const [field, value] of Object.entries(policy)) {
    const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (retryDurations.includes(name) && durationMs(value) === undefined) fail(field, expected.duration);
    if (retryNumbers.includes(name) && !(typeof value === "number" && value >= 0))
      fail(field, "a number of at least 0");
  }
}
