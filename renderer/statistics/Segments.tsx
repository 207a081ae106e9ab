import { useRef } from "react";

/** A few choices side by side, one of which holds: arrow keys move, as in any group of radio buttons. */
export const Segments = <T extends string>({
  label,
  value,
  options,
  onChange,
  showLabel = true,
}: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly id: T; readonly title: string; readonly hint?: string }[];
  readonly onChange: (value: T) => void;
  readonly showLabel?: boolean;
}) => {
  const group = useRef<HTMLDivElement>(null);
  const move = (by: number): void => {
    const at = options.findIndex(({ id }) => id === value);
    const next = options[(at + by + options.length) % options.length];
    if (next === undefined) return;
    onChange(next.id);
    group.current?.querySelector<HTMLElement>(`[data-option="${next.id}"]`)?.focus();
  };
  return (
    <div className="Segments">
      {showLabel && (
        <span className="Segments-label" aria-hidden="true">
          {label}
        </span>
      )}
      <div ref={group} className="Segments-group" role="radiogroup" aria-label={label}>
        {options.map(({ id, title, hint }) => (
          // biome-ignore lint/a11y/useSemanticElements: arrow keys and the look of a segmented control
          <button
            key={id}
            type="button"
            role="radio"
            aria-checked={id === value}
            tabIndex={id === value ? 0 : -1}
            data-option={id}
            data-tooltip={hint}
            onClick={() => onChange(id)}
            onKeyDown={(event) => {
              const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
              if (by === undefined) return;
              event.preventDefault();
              event.stopPropagation();
              move(by);
            }}
          >
            {title}
          </button>
        ))}
      </div>
    </div>
  );
};
