/** A node in a process of its own, for tests that kill it: it serves its queues and the watch queue, and hosts nothing. Compiled code. */
import { randomBytes } from "node:crypto";
import { createSystem } from "../../dist/actors/index.js";
import { realClock } from "../../dist/durability/memory/index.js";
import { openTemporalClient } from "../../dist/durability/temporal/index.js";

const [address, boot, temporalNamespace] = process.argv.slice(2);
const system = createSystem({
  node: boot,
  clock: realClock(),
  load: () => ({ kind: "INVALID", message: "hosts nothing" }),
  invoke: () => () => {},
  randomBytes,
});
const node = await openTemporalClient({
  client: { id: "test:temporal", address, temporalNamespace },
  system,
  world: { sources: {}, entries: {}, workers: {}, processHosts: [] },
});
if ("kind" in node) throw new Error(node.message);
console.log("ready");
// Tells the test that a watch is held here.
setInterval(() => console.log(`held ${node.held.size}`), 50);
