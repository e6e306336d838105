/** The host laws in memory. */

import { describeHost } from "./host.js";
import { describeMailboxes } from "./mailboxes.js";
import { openMemory } from "./open.js";

describeHost("memory", { open: openMemory, skip: [] });
describeMailboxes("memory", undefined);
