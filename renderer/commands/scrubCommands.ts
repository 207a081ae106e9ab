import { isPlaying, moveMeasurements, togglePlayback } from "../run/playback.ts";
import { runStore } from "../run/runStore.ts";
import { type Command, onlyInEditor } from "./command.ts";

const withoutMeasurements = (): string | null =>
  onlyInEditor() ?? ((runStore.getState().history?.frames.length ?? 0) === 0 ? "Nothing was measured yet" : null);

export const scrubCommands: readonly Command[] = [
  {
    id: "scrub.first",
    title: () => "Show the first measurement",
    group: "Run",
    shortcuts: ["Alt+Home"],
    disabledBecause: withoutMeasurements,
    run: () => runStore.getState().showStep(1),
  },
  {
    id: "scrub.previous",
    title: () => "Show the measurement before",
    group: "Run",
    shortcuts: ["Alt+ArrowLeft"],
    disabledBecause: withoutMeasurements,
    run: () => moveMeasurements(-1),
  },
  {
    id: "scrub.play",
    title: () => (isPlaying() ? "Hold the playback" : "Play the run back"),
    name: "Play the run back",
    group: "Run",
    shortcuts: ["Alt+P"],
    disabledBecause: withoutMeasurements,
    run: togglePlayback,
  },
  {
    id: "scrub.next",
    title: () => "Show the next measurement",
    group: "Run",
    shortcuts: ["Alt+ArrowRight"],
    disabledBecause: withoutMeasurements,
    run: () => moveMeasurements(1),
  },
  {
    id: "scrub.last",
    title: () => "Show the newest step",
    group: "Run",
    shortcuts: ["Alt+End"],
    disabledBecause: withoutMeasurements,
    run: () => runStore.getState().showStep(null),
  },
];
