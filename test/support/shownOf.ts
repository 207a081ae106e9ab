import type { RunRecorder } from "../../renderer/run/runRecorder.ts";

/** All that charts, strips and readouts are drawn from; of a net with a node `bn1`. */
export const shownOf = (recorder: RunRecorder) => ({
  frames: recorder.frames,
  loss: [...recorder.loss.subarray(0, recorder.numSteps)],
  score: [...recorder.score.subarray(0, recorder.numSteps)],
  epochs: recorder.epochs,
  changes: recorder.changes,
  progress: recorder.progress,
  at7: recorder.statisticsAt("bn1", 7),
});
