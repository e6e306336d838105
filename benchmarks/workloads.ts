/** All workloads, in the order in which they are asked. */
import { cores } from "./cores.js";
import { deaths } from "./deaths.js";
import { fanIn } from "./fan-in.js";
import { growth } from "./growth.js";
import type { Workload } from "./harness.js";
import { pingPong } from "./ping-pong.js";
import { ring } from "./ring.js";
import { skynet } from "./skynet.js";
import { spawn } from "./spawn.js";
import { work } from "./work.js";

export const workloads: readonly Workload[] = [pingPong, fanIn, spawn, ring, skynet, deaths, work, growth, cores];
