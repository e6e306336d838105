/** The host laws for workflows, on a real server. */
import { describeTemporal, temporalAddress, uniqueQueue } from "../support/temporal.js";
import { describeHost } from "./host.js";
import { openTemporal } from "./open.js";

describeTemporal("temporal", () => {
  describeHost("temporal", { open: () => openTemporal(temporalAddress(), uniqueQueue("laws")), skip: [] });
});
