/** The host laws for processes and workflows whose journal is an LMDB file. */
import { describeHost } from "./host.js";
import { describeMailboxes } from "./mailboxes.js";
import { openJournal } from "./open.js";

// Below the folder that the app is written to, and gone with it.
const journal = "{driver: lmdb, path: journal.mdb}";

describeHost("lmdb", { open: () => openJournal(journal, "process.lua"), skip: [] });
describeHost("lmdb, workflows", { open: () => openJournal(journal, "workflow.lua"), skip: [] });
describeMailboxes("lmdb", journal);
