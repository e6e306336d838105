/** What the worker threads of W9 run. Loaded on each of them, and on the main thread by cores.ts. */
import type { OpenThread } from "../durability/memory/index.js";
import { loader } from "./bench-node.js";
import { fanInPrograms, fanInTexts } from "./fan-in.js";
import { workPrograms, workTexts } from "./work.js";

export const threadPrograms = { ...fanInPrograms, ...workPrograms };
export const threadTexts = { ...fanInTexts, ...workTexts };

export const openThread: OpenThread = () => ({ load: loader(threadPrograms, threadTexts) });
