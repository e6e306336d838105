/** All workloads, in the order in which they are asked. */
import { deaths } from "./deaths.js";
import { fanIn } from "./fan-in.js";
import type { Workload } from "./harness.js";
import { pingPong } from "./ping-pong.js";
import { ring } from "./ring.js";
import { skynet } from "./skynet.js";
import { spawn } from "./spawn.js";

export const workloads: readonly Workload[] = [pingPong, fanIn, spawn, ring, skynet, deaths];
