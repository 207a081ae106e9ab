/** Why a disk has refused, in words that go on after a colon. */
import { systemReason } from "../engine/host/systemReason.ts";
import { messageOf } from "../engine/index.ts";
import { ReadOnlyFileError } from "./atomicWrite.ts";

export const diskReason = (error: unknown): string => {
  if (error instanceof ReadOnlyFileError) return "it is read-only; save under another name, or allow writing to it";
  return systemReason(error) ?? messageOf(error);
};
