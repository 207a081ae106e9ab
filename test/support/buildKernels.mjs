import { build } from "../../scripts/build.mjs";

/** Vitest's global setup of the engine project: the tests run the kernels as they are in the tree. */
export const setup = async () => {
  await build({ targets: ["kernels"] });
};
