import { build } from "../../scripts/build.mjs";

/** Vitest's global setup of the command line project: the tests run the bundle that users run. */
export const setup = async () => {
  await build({ targets: ["kernels", "cli"] });
};
