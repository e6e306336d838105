/** The host laws for processes and workflows whose journal is in Redis. */
import { describeRedis, redisUrl } from "../support/redis.js";
import { describeHost } from "./host.js";
import { describeMailboxes } from "./mailboxes.js";
import { openJournal } from "./open.js";

const journal = (name: string): string => `{driver: redis, url: "${redisUrl()}", name: "${name}${process.pid}"}`;

describeRedis("redis", () => {
  describeHost("redis", { open: () => openJournal(journal("laws"), "process.lua"), skip: [] });
  describeHost("redis, workflows", { open: () => openJournal(journal("flows"), "workflow.lua"), skip: [] });
  describeMailboxes("redis", journal("boxes"));
});
