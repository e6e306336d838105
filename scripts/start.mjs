/**
 * `npm start [-- ARGUMENT ...]`: the example on a Temporal server, which is started when none runs and stays up for the next time.
 * Ends with the exit code of the command; its result, a JSON text, is shown as the plain last line.
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
  const args = [join(root, "dist/cli/main.js"), ...command, ...process.argv.slice(2)];
  process.exitCode = await runAndShow(args, { ...process.env, TEMPORAL_ADDRESS: address });
});

/** Everything goes through as it comes, but for the last line: the result is a JSON text and is shown without its quotes. */
async function runAndShow(args, env) {
  let held;
  const code = await runAttached(
    process.execPath,
    args,
    (line) => {
      if (held !== undefined) console.log(held);
      held = line;
    },
    { cwd: root, env },
  );
  if (held !== undefined) console.log(plain(held));
  return code;
}

function plain(line) {
  try {
    const value = JSON.parse(line);
    return typeof value === "string" ? value : line;
  } catch {
    return line;
  }
}
