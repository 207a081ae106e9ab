/** The layer search: type, arrow keys, Enter. Opened by Tab over the canvas or from the rail. */
import { useEffect, useId, useRef, useState } from "react";
import type { AnyLayer, Position } from "../../engine/index.ts";
import { addLayer, showSelected } from "./addLayer.ts";
import { KindTile } from "./KindGlyph.tsx";
import { searchLayers } from "./layerSearch.ts";
import "./LayerSearch.css";

const WIDTH = 264;
const MAX_HEIGHT = 340;
const MARGIN = 8;

export const LayerSearch = ({
  left,
  top,
  place,
  onClose,
}: {
  readonly left: number;
  readonly top: number;
  readonly place: Position;
  readonly onClose: () => void;
}) => {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const root = useRef<HTMLDivElement>(null);
  const listId = useId();
  const found = searchLayers(query);
  const chosen = found[Math.min(active, found.length - 1)];

  useEffect(() => {
    const pressed = (event: PointerEvent) => {
      if (event.target instanceof globalThis.Node && !root.current?.contains(event.target)) onClose();
    };
    document.addEventListener("pointerdown", pressed, true);
    return () => document.removeEventListener("pointerdown", pressed, true);
  }, [onClose]);

  useEffect(() => {
    if (chosen) document.getElementById(`${listId}-${chosen.kind}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen, listId]);

  const add = (layer: AnyLayer | undefined) => {
    if (!layer) return;
    addLayer(layer.kind, place);
    onClose();
    showSelected();
  };

  const pressed = (event: React.KeyboardEvent) => {
    const last = found.length - 1;
    if (event.key === "ArrowDown") setActive(Math.min(last, active + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(0, active - 1));
    else if (event.key === "Enter") add(chosen);
    else if (event.key === "Escape" || event.key === "Tab") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={root}
      className="LayerSearch"
      role="dialog"
      aria-label="Add a layer"
      style={{
        left: Math.max(MARGIN, Math.min(left, window.innerWidth - WIDTH - MARGIN)),
        top: Math.max(MARGIN, Math.min(top, window.innerHeight - MAX_HEIGHT - MARGIN)),
      }}
    >
      <input
        // biome-ignore lint/a11y/noAutofocus: the popover was asked for by a key, to type at once
        autoFocus
        className="field LayerSearch-field"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={chosen ? `${listId}-${chosen.kind}` : undefined}
        aria-label="Find a layer"
        placeholder="Find a layer"
        spellCheck={false}
        autoComplete="off"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setActive(0);
        }}
        onKeyDown={pressed}
      />
      <div className="LayerSearch-list" id={listId} role="listbox" aria-label="Layers">
        {found.map((layer) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and handles the keys of the list
          // biome-ignore lint/a11y/useFocusableInteractive: options are reached through aria-activedescendant
          <div
            key={layer.kind}
            id={`${listId}-${layer.kind}`}
            role="option"
            aria-selected={layer === chosen}
            className="LayerSearch-option"
            onPointerMove={() => setActive(found.indexOf(layer))}
            onClick={() => add(layer)}
          >
            <KindTile kind={layer.kind} family={layer.family} size={20} />
            <span className="LayerSearch-title">{layer.title}</span>
            <span className="LayerSearch-formula">{layer.formula}</span>
          </div>
        ))}
        {found.length === 0 && <p className="LayerSearch-none">{`No layer is called "${query.trim()}".`}</p>}
      </div>
    </div>
  );
};
