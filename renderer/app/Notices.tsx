import { Info, OctagonX, X } from "lucide-react";
import { Icon } from "./Icon.tsx";
import { dismissNotice, useView } from "./viewStore.ts";
import "./Notices.css";

/** Sentences that wait in a corner until they are dismissed. */
export const Notices = () => {
  const notices = useView((state) => state.notices);
  return (
    <div className="notices" data-region={notices.length > 0 ? "notices" : undefined} tabIndex={-1}>
      {notices.map(({ id, tone, title, text, actions = [] }) => (
        <div key={id} className="notices-item" data-tone={tone} role={tone === "error" ? "alert" : "status"}>
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
                      dismissNotice(id);
                      run();
                    }}
                  >
                    {label}
                  </button>
                ))}
              </div>
            )}
          </div>
          <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => dismissNotice(id)}>
            <Icon of={X} size={14} />
          </button>
        </div>
      ))}
    </div>
  );
};
