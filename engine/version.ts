/** The version of the engine, as records of a run name it. */
export { version as ENGINE_VERSION } from "../package.json";
