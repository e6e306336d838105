/**
 * The shared servers of this checkout: `services.mjs start|stop|status [--only redis] [--json]`.
 *
 * `start` may be repeated; servers stay up until `stop`. `--only` names some of them, as in `temporal,redis`.
 */
import { parseArgs } from "node:util";
import { main, Stop, say } from "./lib/run.mjs";
import { ensureService, listServices, parseNames, stopServices, usual } from "./lib/services.mjs";

const usage = "usage: services.mjs start|stop|status [--only NAME,...] [--json]";

await main(async () => {
  const { command, names, json } = parse(process.argv.slice(2));
  if (command === "start") await start(names, json);
  else if (command === "stop") await stop(json);
  else status(json);
});

function parse(args) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { only: { type: "string" }, json: { type: "boolean", default: false } },
    });
  } catch (error) {
    throw new Stop(`${error.message}\n${usage}`);
  }
  const [command, ...rest] = parsed.positionals;
  if (!["start", "stop", "status"].includes(command) || rest.length > 0) throw new Stop(usage);
  const asked = parseNames(parsed.values.only, "--only");
  return { command, names: asked.length > 0 ? asked : usual, json: parsed.values.json };
}

async function start(names, json) {
  const running = [];
  for (const name of names) running.push(await ensureService(name));
  if (json) print(running);
  else
    for (const { name, address, pid, started } of running) console.log(`${name} ${address} (${origin(pid, started)})`);
  if (!json && running.some(({ pid }) => pid !== undefined))
    say("the servers stay up; end them with: npm run services:stop");
}

function origin(pid, started) {
  if (pid === undefined) return "yours, named in the environment";
  return started ? `started, pid ${pid}` : `already running, pid ${pid}`;
}

async function stop(json) {
  const stopped = await stopServices();
  if (json) print(stopped);
  else if (stopped.length === 0) console.log("no server was running");
  else for (const { name, address } of stopped) console.log(`${name} ${address} (stopped)`);
}

function status(json) {
  const all = listServices();
  if (json) print(all);
  else
    for (const { name, address, pid, running, own } of all) {
      console.log(
        running
          ? `${name} ${address} (${own ? "yours, named in the environment" : `running, pid ${pid}`})`
          : `${name} not running`,
      );
    }
}

function print(value) {
  console.log(JSON.stringify(value));
}
