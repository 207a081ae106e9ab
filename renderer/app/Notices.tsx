import { Info, OctagonX, X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Icon } from "./Icon.tsx";
import { dismissNotice, type Notice, noticeMs, useView } from "./viewStore.ts";
import "./Notices.css";

const subscribeFocus = (changed: () => void): (() => void) => {
  window.addEventListener("focus", changed);
  window.addEventListener("blur", changed);
  return () => {
    window.removeEventListener("focus", changed);
    window.removeEventListener("blur", changed);
  };
};

/** Whether somebody works in this window: nobody reads a notice in one that is left. */
const useWindowFocus = (): boolean => useSyncExternalStore(subscribeFocus, () => document.hasFocus());

const Item = ({
  notice,
  isHeld,
  onEnd,
}: {
  readonly notice: Notice;
  /** Its time begins anew when nothing holds it any more. */
  readonly isHeld: boolean;
  readonly onEnd: () => void;
}) => {
  const { id, tone, title, text, actions = [] } = notice;
  const timeMs = noticeMs(notice);
  useEffect(() => {
    if (isHeld || timeMs === null) return;
    const timer = window.setTimeout(() => dismissNotice(id), timeMs);
    return () => window.clearTimeout(timer);
  }, [id, isHeld, timeMs]);
  const end = (): void => {
    onEnd();
    dismissNotice(id);
  };
  return (
    <div className="notices-item" data-tone={tone} role={tone === "error" ? "alert" : "status"}>
      <span className="notices-icon">
        <Icon of={tone === "error" ? OctagonX : Info} size={16} />
      </span>
      <div className="notices-words">
        <strong>{title}</strong>
        <p>{text}</p>
        {actions.length > 0 && (
          <div className="notices-actions">
            {actions.map(({ label, run }) => (
              <button
                key={label}
                type="button"
                className="button"
                onClick={() => {
                  end();
                  run();
                }}
              >
                {label}
              </button>
            ))}
          </div>
        )}
      </div>
      <button type="button" className="icon-button" aria-label="Dismiss" onClick={end}>
        <Icon of={X} size={14} />
      </button>
    </div>
  );
};

/** Sentences in a corner, for the time that reading takes; errors, and what waits for a choice, until they are dismissed. */
export const Notices = () => {
  const notices = useView((state) => state.notices);
  const isWindowFocused = useWindowFocus();
  const [isHovered, setHovered] = useState(false);
  const [isFocused, setFocused] = useState(false);
  // One that ends with the pointer or the focus on it tells neither of leaving.
  const letGo = (): void => {
    setHovered(false);
    setFocused(false);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointer and focus only hold what is read
    <div
      className="notices"
      data-region={notices.length > 0 ? "notices" : undefined}
      tabIndex={-1}
      onPointerMove={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
    >
      {notices.map((notice) => (
        <Item key={notice.id} notice={notice} isHeld={!isWindowFocused || isHovered || isFocused} onEnd={letGo} />
      ))}
    </div>
  );
};
