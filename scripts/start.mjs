/**
 * `npm start [-- --on lmdb|redis|temporal] [ARGUMENT ...]`: the example, with its orders kept in a file, or on a server, which is
 * started when none runs and stays up for the next time. Ends with the exit code of the command; its result, a JSON text, is shown
 * as the plain last line.
 */
import "./lib/node-version.mjs";
import { join } from "node:path";
import { root } from "./lib/paths.mjs";
import { main, runAttached, Stop, say } from "./lib/run.mjs";
import { ensureService, services } from "./lib/services.mjs";

/** The line of the example that says where its orders are kept, in place of the one in its file. */
const lines = {
  lmdb: undefined,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the configuration; no password on a command line
  redis: 'orders:workflows={kind: process.host, journal: {driver: redis, url: "${env:REDIS_URL}"}}',
  temporal: "orders:workflows={kind: temporal.worker, client: temporal, task_queue: orders}",
};

await main(async () => {
  const { on, rest } = parse(process.argv.slice(2));
  const env = { ...process.env, ...(on === "lmdb" ? {} : await serve(on)) };
  if (on === "lmdb") say("the orders are kept in examples/orders/data; remove it to begin anew");
  const override = lines[on] === undefined ? [] : ["--override", lines[on]];
  const args = [join(root, "dist/cli/main.js"), "run", ...override, "examples/orders", "orders:main", ...rest];
  process.exitCode = await runAndShow(args, env);
});

/** Our own option is taken out; everything else is for the command. */
function parse(args) {
  const at = args.findIndex((arg) => arg === "--on" || arg.startsWith("--on="));
  if (at < 0) return { on: "lmdb", rest: args };
  const joined = args[at] !== "--on";
  const on = joined ? args[at].slice("--on=".length) : args[at + 1];
  if (!Object.hasOwn(lines, on ?? "")) {
    throw new Stop(
      `${on === undefined ? "--on needs a value" : `--on ${on} is unknown`}; it must be one of ${Object.keys(lines).join(", ")}`,
    );
  }
  return { on, rest: args.toSpliced(at, joined ? 1 : 2) };
}

/** The environment in which the example finds its server. */
async function serve(on) {
  const { address, pid } = await ensureService(on);
  say(`${on} is at ${shown(address)}${pid === undefined ? "" : " and stays up; end it with: npm run services:stop"}`);
  return { [services[on].addressVariable]: address };
}

/** Without the password of a URL. */
function shown(address) {
  return address.replace(/\/\/[^/@]*@/, "//");
}

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
