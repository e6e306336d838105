/** The host laws in memory, on worker threads. */

import { describeHost } from "./host.js";
import { describeMailboxes } from "./mailboxes.js";
import { openWorkers } from "./open.js";

describeHost("two workers", { open: openWorkers, skip: [] });
describeMailboxes("two workers", undefined, "host: {workers: 2}");
