/** `meta.options` of entries: defaults of starts, activities and calls, and the host of a process that can be called. */
import { describe, expect, test } from "vitest";
import { loadEntries, problemsIn } from "./fixtures/config/app.js";

describe("meta.options and default_host", () => {
  test("options are kept as written, default_host is read from either place", async () => {
    const config = await loadEntries(`
  - {name: pool, kind: process.host}
  - {name: p, kind: process.lua, source: return 10, meta: {default_host: pool}}
  - {name: q, kind: process.lua, source: return 10, meta: {options: {default_host: pool, activity.heartbeat_timeout: 5s, other.x: [1]}}}
`);
    expect(config.entries.get("app:p")).toMatchObject({ defaultHost: "app:pool" });
    expect(config.entries.get("app:q")).toMatchObject({
      defaultHost: "app:pool",
      options: { default_host: "app:pool", "activity.heartbeat_timeout": "5s", "other.x": [1] },
    });
  });

  test("known options have their types", async () => {
    expect(
      await problemsIn(`
  - name: f
    kind: function.lua
    method: run
    source: return {}
    meta:
      options:
        activity.start_to_close_timeout: soon
        temporal.activity.task_queue: ""
        activity.retry_policy: {initial_interval: 1x, maximumAttempts: -1, backoff_coefficient: 2}
        temporal.workflow.memo: 3
        workflow.execution_error_when_already_started: 1
`),
    ).toEqual([
      '9:42: app:f: "meta.options.activity.start_to_close_timeout" must be a duration such as "30s", or a number of milliseconds',
      '10:39: app:f: "meta.options.temporal.activity.task_queue" must be text that is not empty',
      '11:51: app:f: "meta.options.activity.retry_policy.initial_interval" must be a duration such as "30s", or a number of milliseconds',
      '11:72: app:f: "meta.options.activity.retry_policy.maximumAttempts" must be a number of at least 0',
      '12:33: app:f: "meta.options.temporal.workflow.memo" must be a map',
      '13:56: app:f: "meta.options.workflow.execution_error_when_already_started" must be true or false',
    ]);
  });

  test("so do those of a call", async () => {
    const problems = (options: string) =>
      problemsIn(`
  - name: f
    kind: function.lua
    method: run
    source: return {}
    meta: {options: ${options}}
`);
    expect(await problems("{timeout: 5s, retry: {max_attempts: 2, skip_kinds: [CONFLICT]}}")).toEqual([]);
    expect(await problems("{timeout: soon}")).toEqual([
      '7:31: app:f: "meta.options.timeout" must be a duration such as "1m30s" or a number of milliseconds',
    ]);
    expect(await problems("{retry: {attempts: 2}}")).toEqual([
      expect.stringMatching(/app:f: "meta\.options\.retry\.attempts" is unknown; the fields are max_attempts, /),
    ]);
    expect(await problems("{retry: {jitter: 2}}")).toEqual([
      expect.stringMatching(/app:f: "meta\.options\.retry\.jitter" must be a number from 0 to 1$/),
    ]);
  });
});
