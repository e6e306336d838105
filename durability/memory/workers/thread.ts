/** The code of a worker thread: what it runs comes from the module of its host. */
import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { createSystem } from "../../../actors/index.js";
import { realClock } from "../clock.js";
import { MemoryHost } from "../host.js";
import { Scheduler } from "../scheduler.js";
import { Desk } from "./desk.js";
import { Inside } from "./inside.js";
import { Outward } from "./outward.js";
import { Codec } from "./rows.js";
import type { MainMessage, OpenThread, ThreadStart } from "./start.js";

/** Shorter than on the main thread: between two slices is when messages come in and go out. */
const sliceMs = 2;

const start = workerData as ThreadStart;
const port = parentPort!;
const { openThread } = (await import(start.module)) as { readonly openThread: OpenThread };
const { load, mailboxOf } = await openThread(start.data);
const clock = realClock();
const scheduler = new Scheduler(clock, sliceMs);
const codec = new Codec(start.node, start.host);
const outward = new Outward(start.thread, scheduler, (message) => port.postMessage(message));
const desk = new Desk(codec, outward.main);
const system = createSystem({
  node: start.node,
  clock,
  load,
  invoke: (caller, request, done) => desk.start(caller, request, done),
  store: desk.store,
  randomBytes,
  far: desk.parts(),
});
const inside = new Inside({ start, system, codec, desk, outward });
inside.attach(
  new MemoryHost({
    id: start.host,
    system,
    scheduler,
    roll: inside,
    ...(start.maxSlices === undefined ? {} : { maxSlices: start.maxSlices }),
    ...(mailboxOf === undefined ? {} : { mailboxOf }),
  }),
);
port.on("message", (message: MainMessage) => inside.receive(message));
