/** The host laws in memory. */

import { describeHost } from "./host.js";
import { openMemory } from "./open.js";

describeHost("memory", { open: openMemory, skip: [] });
