/**
 * `npm start [-- ARGUMENT ...]`: the example on a Temporal server, which is started when none runs and stays up for the next time.
 * Ends with the exit code of the command.
 */
import "./lib/node-version.mjs";
import { join } from "node:path";
import { root } from "./lib/paths.mjs";
import { main, runAttached, say } from "./lib/run.mjs";
import { ensureService } from "./lib/services.mjs";

const command = ["run", "examples/orders", "orders:main"];

await main(async () => {
  const { address, pid } = await ensureService("temporal");
  say(`Temporal is at ${address}${pid === undefined ? "" : " and stays up; end it with: npm run services:stop"}`);
  process.exitCode = await runAttached(
    process.execPath,
    [join(root, "dist/cli/main.js"), ...command, ...process.argv.slice(2)],
    {
      cwd: root,
      env: { ...process.env, TEMPORAL_ADDRESS: address },
    },
  );
});
