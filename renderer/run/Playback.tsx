import { Pause, Play, SkipBack, SkipForward, StepBack, StepForward } from "lucide-react";
import { useRef } from "react";
import { formatCount } from "../charts/format.ts";
import { CommandButton } from "../commands/CommandButton.tsx";
import { shownStepOf, useLive } from "./liveRun.ts";
import { newestStepOf } from "./newestStep.ts";
import { useIsPlaying } from "./playback.ts";
import { runStore } from "./runStore.ts";

/** The step shown, to read and to set. */
const StepField = () => {
  const field = useRef<HTMLInputElement>(null);
  const total = useRef<HTMLSpanElement>(null);
  useLive(() => {
    const run = runStore.getState();
    const text = formatCount(shownStepOf(run));
    if (field.current && document.activeElement !== field.current && field.current.value !== text) {
      field.current.value = text;
    }
    const of = `of ${formatCount(newestStepOf(run))}`;
    if (total.current && total.current.textContent !== of) total.current.textContent = of;
  });
  const commit = (): void => {
    if (field.current === null) return;
    const run = runStore.getState();
    const step = Number(field.current.value.replace(/[^\d]/g, ""));
    if (step >= 1) run.showStep(step);
    field.current.value = formatCount(shownStepOf(runStore.getState()));
  };
  return (
    <label className="playback-step">
      Step
      <input
        ref={field}
        className="field"
        inputMode="numeric"
        defaultValue=""
        onFocus={(event) => event.currentTarget.select()}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <span ref={total} />
    </label>
  );
};

/** Back and forth through the measurements of a run that stands still. */
export const Playback = () => {
  const playing = useIsPlaying();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of buttons without a caption of its own
    <div className="playback" role="group" aria-label="Step shown">
      <CommandButton id="scrub.first" className="icon-button" icon={SkipBack} />
      <CommandButton id="scrub.previous" className="icon-button" icon={StepBack} />
      <CommandButton id="scrub.play" className="icon-button" icon={playing ? Pause : Play} />
      <CommandButton id="scrub.next" className="icon-button" icon={StepForward} />
      <CommandButton id="scrub.last" className="icon-button" icon={SkipForward} />
      <StepField />
    </div>
  );
};
