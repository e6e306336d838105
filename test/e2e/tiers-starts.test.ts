/** Starting workflows on every durable tier. */
import { describe } from "vitest";
import { onTiers, type Tier } from "./tiers.js";

const same = onTiers("starts.lua");
let count = 0;
const id = (tier: Tier) => `${tier.name}-${process.pid}-${++count}`;

describe("probe", () => {
  for (const entry of ["t:flow", "t:outside"] as const) {
    for (const by of ["id", "name"]) {
      for (const [title, options, replaced] of [
        ["default", {}, false],
        ["use_existing", { id_conflict_policy: "use_existing" }, false],
        ["fail", { id_conflict_policy: "fail" }, false],
        ["error_when", { execution_error_when_already_started: true }, false],
        ["not error_when", { execution_error_when_already_started: false }, false],
        ["terminate_existing", { id_conflict_policy: "Terminate-Existing" }, true],
        ["reject", { id_reuse_policy: "reject_duplicate" }, false],
        ["terminate+reject", { id_conflict_policy: "terminate_existing", id_reuse_policy: "reject_duplicate" }, false],
        ["terminate_if_running", { id_reuse_policy: "terminate_if_running" }, true],
        ["failed_only", { id_reuse_policy: "allow_duplicate_failed_only", id_conflict_policy: "fail" }, false],
      ] as const) {
        same(`${entry} ${by} open ${title}`, async (tier) => noId(await tier.run(entry, "open", { by, id: id(tier), options, replaced })), "?");
      }
      for (const how of ["end", "fail"]) {
        for (const policy of ["default", "allow_duplicate", "allow_duplicate_failed_only", "reject_duplicate"]) {
          same(`${entry} ${by} ended ${how} ${policy}`, async (tier) =>
            noId(await tier.run(entry, "ended", { by, id: id(tier), how, first: {}, options: policy === "default" ? {} : { id_reuse_policy: policy } })), "?");
        }
      }
      same(`${entry} ${by} adopted`, async (tier) => noId(await tier.run(entry, "adopted", { by, id: id(tier) })), "?");
    }
    same(`${entry} messages`, (tier) => tier.run(entry, "messages"), "?");
    same(`${entry} exec timeout`, (tier) => tier.run(entry, "exec_timed_out"), "?");
    same(`${entry} delayed`, (tier) => tier.run(entry, "delayed", {}), "?");
    for (const options of [{ run_timeout: "1s" }, { execution_timeout: 1000 }, { run_timeout: "5s", execution_timeout: "1s" }, {run_timeout: "1s", start_delay: "1s"}]) {
      same(`${entry} timeout ${JSON.stringify(options)}`, (tier) => tier.run(entry, "timed_out", { options }), "?");
    }
  }
});
function noId(value: unknown) {
  return JSON.parse(JSON.stringify(value).replace(/(lmdb|redis|temporal)-\d+-\d+/g, "the id"));
}
