/** Starting workflows on every durable tier: ids, names and policies, startup messages, delays and time-outs. */
import { describe } from "vitest";
import type { PayloadRecord } from "../../actors/index.js";
import type { Payload } from "../../mailbox/index.js";
import { onTiers, type Tier, without } from "./tiers.js";

const same = onTiers("starts");
let count = 0;
const newId = (tier: Tier): string => `${tier.name}-${process.pid}-${++count}`;

/** Options of a second start while a run is open. */
const open: readonly { readonly title: string; readonly options: PayloadRecord; readonly replaced?: boolean }[] = [
  { title: "no policy", options: {} },
  { title: "use_existing", options: { id_conflict_policy: "use_existing" } },
  { title: "fail", options: { id_conflict_policy: "fail" } },
  { title: "error when started", options: { execution_error_when_already_started: true } },
  { title: "no error when started", options: { execution_error_when_already_started: false } },
  { title: "terminate_existing", options: { id_conflict_policy: "Terminate-Existing" }, replaced: true },
  { title: "terminate_if_running", options: { id_reuse_policy: "terminate_if_running" }, replaced: true },
  {
    title: "failed_only and fail",
    options: { id_reuse_policy: "allow_duplicate_failed_only", id_conflict_policy: "fail" },
  },
];
const reuse = ["default", "allow_duplicate", "allow_duplicate_failed_only", "reject_duplicate"];
const timeouts: readonly PayloadRecord[] = [
  { run_timeout: "1s" },
  { execution_timeout: 1000 },
  { run_timeout: "5s", execution_timeout: "1s" },
];

describe.each([
  { by: "a workflow", entry: "t:flow" as const, vague: ["message", "run_id"] },
  { by: "a process in memory", entry: "t:outside" as const, vague: [] },
])("started by $by", ({ by, entry, vague }) => {
  // The refusal of a child is in other words on Temporal, and does not name the run; nor does its time-out say whose it was.
  const run = async (tier: Tier, name: string, arg: PayloadRecord): Promise<Payload> => {
    const id = newId(tier);
    const outcome = await without(tier.run(entry, name, { ...arg, id }), ...vague);
    return JSON.parse(JSON.stringify(outcome).replaceAll(id, "the id"));
  };

  for (const how of ["id", "name"]) {
    for (const { title, options, replaced = false } of open) {
      same(`${by}: ${how} of an open run, ${title}`, (tier) => run(tier, "open", { by: how, options, replaced }));
    }
    for (const end of ["end", "fail"]) {
      for (const policy of reuse) {
        const options: PayloadRecord = policy === "default" ? {} : { id_reuse_policy: policy };
        same(`${by}: ${how} of a run that has ended by ${end}, ${policy}`, (tier) =>
          run(tier, "ended", { by: how, how: end, options }),
        );
      }
    }
    same(`${by}: ${how} of an open run, linked and monitored`, (tier) => run(tier, "adopted", { by: how }));
  }
  same(`${by}: startup messages without a name`, (tier) => run(tier, "messages", {}));
  same(`${by}: exec that times out`, (tier) => run(tier, "exec_timed_out", {}));
  for (const options of timeouts) {
    same(`${by}: ${JSON.stringify(options)}`, (tier) => run(tier, "timed_out", { options }));
  }
  same(`${by}: a start delay`, (tier) => run(tier, "delayed", {}));
});

describe("policies that contradict each other", () => {
  const options = { id_conflict_policy: "terminate_existing", id_reuse_policy: "reject_duplicate" };
  same("are refused", (tier) =>
    without(tier.run("t:outside", "open", { by: "id", id: newId(tier), options }), "message", "ended"),
  );
  same("are less strict while the run is open", (tier) => {
    const own = { id_reuse_policy: "reject_duplicate" };
    return without(tier.run("t:outside", "open", { by: "id", id: newId(tier), options: own }), "ended");
  });
});
