/** What one step of a session's machine has done. */
import type { Divergence } from "./divergence.ts";

export type Advance =
  | {
      readonly type: "trained";
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      /** Of the batch: accuracy, 0 to 1, or R² where samples have targets. */
      readonly accuracy: number;
      readonly numSamples: number;
      readonly measured: boolean;
      /** Set when the loss or a measured output is not finite; the session has then ended. */
      readonly divergence: Divergence | null;
    }
  | { readonly type: "evaluated" }
  | {
      readonly type: "epochEnded";
      readonly epoch: number;
      readonly step: number;
      /** Means over the epoch's training batches, each before its update. Accuracies are R² where samples have targets. */
      readonly loss: number;
      readonly trainAccuracy: number;
      readonly testLoss: number;
      readonly testAccuracy: number;
      /** Absent: no samples are set apart for validation. */
      readonly validationLoss?: number | undefined;
      readonly validationAccuracy?: number | undefined;
    };
