/** The node that starts in journal-recovery.ts, in a process of its own: told what is in the journal, it answers how long it took. */
import { once } from "node:events";
import { parsePid } from "../mailbox/index.js";
import type { Measured } from "./harness.js";
import { checkCount, JournalNode, sendAll, until } from "./journal-node.js";
import { opener } from "./journal-place.js";
import type { Recovery } from "./journal-recovery.js";

const [told] = await once(process, "message");
const measured = await start(told as Recovery);
process.send!(measured, () => process.disconnect());

async function start({ place, by, pids: texts, messages }: Recovery): Promise<readonly Measured[]> {
  const pids = texts.map((text) => parsePid(text)!);
  let asked = 0;
  const begun = performance.now();
  const usedBefore = process.cpuUsage();
  const node = await JournalNode.start({ open: opener(place), invoked: () => asked++ });
  node.host.ready();
  const client = node.client("caller");
  if (by === "requests") await until(() => asked === pids.length, "the processes to come back");
  else await sendAll(client, pids);
  const backMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(usedBefore);
  if (node.host.counts.active !== pids.length) throw new Error(`only ${node.host.counts.active} came back`);
  // One in a hundred is asked: a call is an input, and each would make the next recovery longer.
  const expected = by === "messages" ? messages + 1 : messages;
  for (let i = 0; i < pids.length; i += 100) await checkCount(client, pids[i]!, expected);
  await node.close();
  return [
    { metric: "all back", value: backMs, unit: "ms" },
    { metric: "cpu", value: (user + system) / 1_000, unit: "ms" },
  ];
}
