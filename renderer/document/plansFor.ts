import { compile, type MemoryPlans, takeMemoryPlans } from "../../engine/index.ts";
import type { MemoryRequest } from "./documentStore.ts";

/** What is planned when the memory of a document is asked for: of its net, and of smaller batches where it is too large. */
export const plansFor = ({ document, options }: MemoryRequest): MemoryPlans =>
  compile(document, { ...options, plan: true }).totals.isMemoryPlanned ? takeMemoryPlans() : [];
