/** A node for benchmarks: memory clients beside one journal host on a real driver, in real time. Measures nothing. */
import { createHash, randomBytes } from "node:crypto";
import {
  type Behaviour,
  behaviourProgram,
  bootId,
  type Client,
  createSystem,
  isBootId,
  type Outcome,
  type Payload,
} from "../actors/index.js";
