/** The processes of W1 to W6 as async functions, for the subject perdure-async. What they do is said in the file of each workload. */
import {
  type AsyncFunction,
  type AsyncSelf,
  asyncProgram,
  type ProcessEvent,
  type SpawnOptions,
} from "../actors/index.js";
import { type Message, type Payload, type Pid, parsePid } from "../mailbox/index.js";
import { host, type Programs } from "./bench-node.js";
import { verify } from "./harness.js";
import { outstanding, perTurn, ranges } from "./shapes.js";

const pidOf = (text: Payload | undefined): Pid => parsePid(String(text))!;

/** Nothing else comes to these processes. */
function messageOf(next: Message | ProcessEvent): Message {
  if (next.kind !== "message") throw new Error(`${next.kind} in place of a message`);
  return next;
}

async function start(self: AsyncSelf, entry: string, args: readonly Payload[], options?: SpawnOptions): Promise<Pid> {
  const pid = await self.spawn(entry, host, args, options);
  if ("kind" in pid) throw new Error(pid.message);
  return pid;
}

const echo: AsyncFunction = async (self) => {
  for (;;) {
    const { from, payloads } = messageOf(await self.receive());
    self.tell(from, "pong", ...payloads);
  }
};

const ping: AsyncFunction = async (self, peer, count) => {
  const to = pidOf(peer);
  for (let left = Number(count); left > 0; left--) {
    self.tell(to, "ping", left);
    verify("reply", messageOf(await self.receive()).payloads[0], left);
  }
  return count;
};

const sink: AsyncFunction = async (self, count) => {
  let sum = 0;
  for (let left = Number(count); left > 0; left--) sum += Number(messageOf(await self.receive()).payloads[0]);
  return sum;
};

const sender: AsyncFunction = async (self, sink, count) => {
  const to = pidOf(sink);
  for (let n = 0; n < Number(count); n++) {
    self.tell(to, "n", n);
    if (n % perTurn !== perTurn - 1) continue;
    self.tell(self.pid, "more");
    await self.receive();
  }
  return null;
};

const spawner: AsyncFunction = async (self, count) => {
  let started = 0;
  const startOne = async (): Promise<void> => {
    started++;
    self.tell(await start(self, "async:child", []), "go");
  };
  await Promise.all(Array.from({ length: Math.min(Number(count), outstanding) }, startOne));
  for (let got = 0; got < Number(count); got++) {
    await self.receive();
    if (started < Number(count)) await startOne();
  }
  return count;
};

const child: AsyncFunction = async (self) => {
  const { from } = messageOf(await self.receive());
  self.tell(from, "done");
  return null;
};

const member: AsyncFunction = async (self, next) => {
  const to = pidOf(next);
  for (;;) self.tell(to, "hop", Number(messageOf(await self.receive()).payloads[0]) + 1);
};

const first: AsyncFunction = async (self, size) => {
  const { payloads } = messageOf(await self.receive());
  const [next, hops] = [pidOf(payloads[0]), Number(payloads[1])];
  for (let done = 0; done < hops; done += Number(size)) {
    self.tell(next, "hop", done + 1);
    verify("end of a round", messageOf(await self.receive()).payloads[0], done + Number(size));
  }
  return hops;
};

const skynet: AsyncFunction = async (self, from, size, parent) => {
  const sum = size === 1 ? Number(from) : await sumOfChildren(self, Number(from), Number(size));
  if (parent === undefined) return sum;
  self.tell(pidOf(parent), "sum", sum);
  return null;
};

async function sumOfChildren(self: AsyncSelf, from: number, size: number): Promise<number> {
  const children = ranges(from, size);
  await Promise.all(children.map(({ from, size }) => start(self, "async:skynet", [from, size, self.pid.text])));
  let sum = 0;
  for (let left = children.length; left > 0; left--) sum += Number(messageOf(await self.receive()).payloads[0]);
  return sum;
}

const watcher: AsyncFunction = async (self, count) => {
  self.trapLinks = true;
  const bonds = { link: true, monitor: true };
  const pids = await Promise.all(Array.from({ length: Number(count) }, () => start(self, "async:mortal", [], bonds)));
  self.reply(messageOf(await self.receive()), { ok: true, value: { alive: pids.length } });
  const asked = messageOf(await self.receive());
  for (const pid of pids) self.tell(pid, "go");
  let [links, monitors] = [0, 0];
  while (links + monitors < 2 * pids.length) {
    const { kind } = await self.receive();
    if (kind === "link_down") links++;
    if (kind === "exit") monitors++;
  }
  self.reply(asked, { ok: true, value: { links, monitors } });
  return null;
};

const mortal: AsyncFunction = async (self) => {
  await self.receive();
  throw new Error("told to");
};

const functions = { echo, ping, sink, sender, spawner, child, member, first, skynet, watcher, mortal };

/** `async:echo` and so on. */
export const asyncPrograms: Programs = Object.fromEntries(
  Object.entries(functions).map(([name, run]) => [`async:${name}`, () => asyncProgram(run)]),
);
