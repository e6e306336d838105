/**
 * One run of one subject in a process of its own: `node subject.js SUBJECT WORKLOAD COUNT` prints a line of JSON for each figure. The
 * programs of peers do the same, but for the first argument.
 */
import { workloads } from "./workloads.js";

const [subject, id, count] = process.argv.slice(2);
const run = workloads.find((workload) => workload.id === id)?.runs[subject!];
if (run === undefined) throw new Error(`${subject} has no workload ${id}`);
const lines = (await run(Number(count))).map((measured) => `${JSON.stringify(measured)}\n`);
// A node may hold timers and threads; all that was to be done is done, and checked.
process.stdout.write(lines.join(""), () => process.exit());
