/**
 * A node with a journal host, for journal-kill.test.ts: it feeds numbered messages from its standard input to the receiver, says on its
 * standard output what was acknowledged, and kills itself where it is told to. Compiled code.
 *
 * Argument: JSON of `VictimPlace` (journal-victim-life.ts). JOURNAL_VICTIM_KILL: JSON {at, n}, the n-th time that `at` is reached.
 */
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isBootId } from "../../dist/actors/index.js";
import { loadApp } from "../../dist/app/index.js";
import { journalPrograms } from "../../dist/app/journal-programs.js";
import { createNode, maxSlices } from "../../dist/app/node.js";
import { JournalHost } from "../../dist/durability/journal/index.js";

const bornAt = Date.now();
const place = JSON.parse(process.argv[2]);
const plan = JSON.parse(process.env.JOURNAL_VICTIM_KILL ?? "null");

/** The pipe is written before this returns: what was said stays said. */
const say = (line) => writeSync(1, `${line}\n`);

let reached = 0;
/** Die, when it is this point's turn. */
function at(point) {
  if (plan?.at !== point || ++reached < plan.n) return;
  say(`killed ${point} ${plan.n}`);
  process.kill(process.pid, "SIGKILL");
}

/** A timer's firing is an input that is not committed yet. */
let timerFired = false;

async function openJournal({ driver, url, path, name }, events) {
  const journal =
    driver === "redis"
      ? await (await import("../../dist/durability/journal/redis/index.js")).openRedisJournal({ url, name, events })
      : await (await import("../../dist/durability/journal/lmdb/index.js")).openLmdbJournal({ path, events });
  return {
    driver: journal.driver,
    async claim() {
      at("before-claim");
      const image = await journal.claim();
      at("after-claim");
      return image;
    },
    async commit(commit) {
      const hasTimer = timerFired;
      timerFired = false;
      at("before-commit");
      if (hasTimer) at("timer-before-commit");
      const written = journal.commit(commit);
      // Somewhere on its way to the disk or to the server.
      if (plan?.at === "during-commit") setTimeout(() => at("during-commit"), randomBytes(1)[0] % 3);
      const result = await written;
      if (result.kind !== "committed") say(`superseded ${result.why} ${result.detail}`);
      at("after-commit");
      if (hasTimer) at("timer-after-commit");
      return result;
    },
    async read(ids) {
      const records = await journal.read(ids);
      at("before-replay");
      return records;
    },
    readSource: (hash) => journal.readSource(hash),
    close: (graceMs) => journal.close(graceMs),
  };
}

/** Inputs from before our time come from the journal. */
function record(_process, behind) {
  const timers = new Set();
  const port = {
    transmit: (...args) => behind.transmit(...args),
    request(tag, request) {
      if (request.kind === "timer") timers.add(tag);
      behind.request(tag, request);
    },
    drop: (tag) => behind.drop(tag),
    log: (entry) => behind.log(entry),
    info: () => behind.info(),
    halt: (reason) => behind.halt(reason),
  };
  const input = (taken) => {
    if (taken.at < bornAt) return at("replay");
    if (taken.kind !== "settled" || !timers.has(taken.tag)) return;
    timerFired = true;
    at("timer-fired");
  };
  return { port, input, slice() {}, become() {} };
}

const config = await loadApp(fileURLToPath(new URL("journal-victim", import.meta.url)));
const node = createNode(config);
const { system } = node;
system.events.on("log", ({ record: { print, message, level } }) => say(print ? message : `log ${level} ${message}`));
system.events.on("health", ({ id, state, detail }) => say(`health ${id} ${state} ${detail ?? ""}`));
system.events.on("exit", ({ entry, reason }) => {
  if (entry !== "app:charge") say(`exit ${entry} ${JSON.stringify(reason)}`);
});
async function startHost(id, where) {
  const host = new JournalHost({
    id,
    system,
    scheduler: node.scheduler,
    journalName: where.name,
    open: (events) => openJournal(where, events),
    programs: journalPrograms(config, node, id),
    isEphemeral: isBootId,
    maxProcesses: 0,
    maxSlices,
    idleTimeoutMs: place.idleTimeoutMs,
    continueAt: place.continueAt,
    snapshotEvery: 100,
    catchUp: "one",
    retentionMs: 86_400_000,
    record,
  });
  const problem = await host.start();
  if (problem !== undefined) throw new Error(problem.message);
  system.attach(host);
  return host;
}

const hosts = [await startHost("app:journal", place)];
if (place.isSplit) {
  const other = { ...place, name: `${place.name}-other`, path: `${place.path}-other` };
  hosts.push(await startHost("app:other", other));
}
for (const host of hosts) host.ready();

const keeper = node.openClient("keeper");
const secondHost = place.isSplit ? "app:other" : "app:journal";
const receiver =
  system.names.lookup("receiver") ??
  (await keeper.spawn("app:receiver", "app:journal", [secondHost], { name: "receiver" }));
if ("kind" in receiver) throw new Error(receiver.message);
const senders = new Map();
say(`ready ${Date.now() - bornAt}`);

async function send(sender, number) {
  if (!senders.has(sender)) senders.set(sender, node.openClient(`sender ${sender}`));
  const outcome = await senders.get(sender).send(receiver, "numbered", sender, number);
  say(
    outcome.ok ? `ack ${sender} ${number}` : `nak ${sender} ${number} ${outcome.error.kind} ${outcome.error.message}`,
  );
}

async function dump() {
  // Behind everything that is to be handled before.
  const received = await keeper.call(receiver, "dump", null, 30_000);
  const second = system.names.lookup("second");
  const seen = second === undefined ? received : await keeper.call(second, "dump", null, 30_000);
  say(`dump ${JSON.stringify([received, seen])}`);
}

async function stop() {
  for (const host of hosts) await host.close(5_000);
  await system.close(100);
  say("stopped");
  process.exit(0);
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const [word, sender, number] = line.split(" ");
  if (word === "send") void send(Number(sender), Number(number));
  else if (word === "dump") void dump();
  else void stop();
});
