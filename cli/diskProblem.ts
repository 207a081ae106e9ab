import { systemReason } from "../engine/host/systemReason.ts";

/** `/data/run can't be written: the disk is full.`; null: it is no refusal of the disk. A disk that is full doesn't say of which file. */
export const diskProblem = (error: unknown): string | null => {
  const reason = systemReason(error);
  if (reason === null || !(error instanceof Error)) return null;
  const file = "path" in error && typeof error.path === "string" ? error.path : "What was asked for";
  const opens = "syscall" in error && ["open", "read", "stat", "lstat", "scandir"].includes(String(error.syscall));
  return `${file} can't be ${opens ? "opened" : "written"}: ${reason}.`;
};
