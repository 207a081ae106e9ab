import { GraduationCap } from "lucide-react";
import { Icon } from "../app/Icon.tsx";
import { runCommand } from "../commands/commandTable.ts";
import { tourSteps } from "./tourSteps.ts";
import { declineTour, startTour, useTour } from "./tourStore.ts";

/** On the start page, where it is no longer offered: among the other things to do. */
export const TourAction = () => {
  const offered = useTour((state) => state.offered);
  if (offered) return null;
  return (
    <button type="button" className="start-action" onClick={() => runCommand("help.tour")}>
      <Icon of={GraduationCap} size={16} />
      <span>Take the tour</span>
      <span className="start-shortcut">{tourSteps.length} steps</span>
    </button>
  );
};

/** On the start page, until it was taken or declined once. */
export const TourOffer = () => {
  const offered = useTour((state) => state.offered);
  if (!offered) return null;
  return (
    <section className="start-offer" aria-label="Tour">
      <p>New here? Add a layer, connect, train and read a net in five steps: two minutes.</p>
      <div>
        <button type="button" className="button button-small" onClick={() => void startTour()}>
          Take the tour
        </button>
        <button type="button" className="button button-quiet button-small" onClick={declineTour}>
          Not now
        </button>
      </div>
    </section>
  );
};
