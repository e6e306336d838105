/** The modules of every Lua engine. Each is specified in its own file. */
import type { ModuleDefinition } from "../owner.js";
import { base64Module } from "./base64.js";
import { channelModule } from "./channel.js";
import { coroutineModule } from "./coroutine.js";
import { cryptoModule } from "./crypto.js";
import { ctxModule } from "./ctx.js";
import { envModule } from "./env.js";
import { errorsModule } from "./errors.js";
import { eventsModule } from "./events.js";
import { funcsModule } from "./funcs.js";
import { hashModule } from "./hash.js";
import { httpModule } from "./http.js";
import { jsonModule } from "./json.js";
import { loggerModule } from "./logger.js";
import { osModule } from "./os.js";
import { payloadModule } from "./payload.js";
import { pgModule } from "./pg.js";
import { printModule } from "./print.js";
import { processModule } from "./process.js";
import { registryModule } from "./registry.js";
import { securityModule } from "./security.js";
import { storeModule } from "./store.js";
import { subscribeModules } from "./subscribe.js";
import { supervisorModule } from "./supervisor.js";
import { timeModule } from "./time.js";
import { uuidModule } from "./uuid.js";
import { workflowModule } from "./workflow.js";

export const standardModules: readonly ModuleDefinition[] = [
  base64Module,
  channelModule,
  coroutineModule,
  cryptoModule,
  ctxModule,
  envModule,
  errorsModule,
  eventsModule,
  funcsModule,
  hashModule,
  httpModule,
  jsonModule,
  loggerModule,
  osModule,
  payloadModule,
  pgModule,
  printModule,
  processModule,
  registryModule,
  securityModule,
  storeModule,
  ...subscribeModules,
  supervisorModule,
  timeModule,
  uuidModule,
  workflowModule,
];
