/** `npm run build`: everything into dist/, incrementally. */
import { buildAll } from "./lib/build.mjs";
import { main } from "./lib/run.mjs";

await main(buildAll);
