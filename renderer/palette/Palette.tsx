/** The kinds of layers, to drag onto the canvas or to add with a click or Enter. A rail of glyphs in narrow windows. */
import { Blocks, Search } from "lucide-react";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { AnyLayer } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { canvasView } from "../canvas/canvasView.ts";
import { useLessons } from "../lessons/lessonStore.ts";
import { addLayer, defaultPlace, showSelected } from "./addLayer.ts";
import { insertTemplate } from "./addTemplate.ts";
import { certaintyOfTemplate, searchTemplates } from "./allTemplates.ts";
import { KIND_TYPE } from "./dragType.ts";
import { KindTile } from "./KindGlyph.tsx";
import { byCertainty, certaintyOfLayer, groupLayers, type LayerGroup, searchLayers } from "./layerSearch.ts";
import { TemplateList } from "./TemplateList.tsx";
import "./Palette.css";

const RAIL_QUERY = "(max-width: 1359px)";
/** A lesson takes its width from the palette first. */
const LESSON_RAIL_QUERY = "(max-width: 1679px)";

const useQuery = (text: string): boolean =>
  useSyncExternalStore(
    useCallback(
      (listener) => {
        const query = matchMedia(text);
        query.addEventListener("change", listener);
        return () => query.removeEventListener("change", listener);
      },
      [text],
    ),
    () => matchMedia(text).matches,
  );

const startDrag = (event: React.DragEvent, layer: AnyLayer): void => {
  event.dataTransfer.setData(KIND_TYPE, layer.kind);
  event.dataTransfer.effectAllowed = "copy";
  canvasView.setState({ draggedKind: layer.kind });
};

const endDrag = (): void => canvasView.setState({ draggedKind: null, dropEdgeId: null });

const add = (layer: AnyLayer): void => {
  addLayer(layer.kind, defaultPlace());
  showSelected();
};

/** Arrow keys move between the entries, so that Tab passes the palette in one step. */
const moveFocus = (event: React.KeyboardEvent<HTMLElement>): void => {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-kind]")];
  const at = document.activeElement instanceof HTMLElement ? items.indexOf(document.activeElement) : -1;
  const next = items[Math.min(items.length - 1, Math.max(0, at + step))];
  next?.focus();
  event.preventDefault();
};

const Entry = ({
  layer,
  rail,
  first,
}: {
  readonly layer: AnyLayer;
  readonly rail: boolean;
  readonly first: boolean;
}) => (
  <button
    type="button"
    className="Palette-entry"
    data-kind={layer.kind}
    tabIndex={first ? 0 : -1}
    draggable
    aria-label={rail ? layer.title : undefined}
    data-tooltip={rail ? `${layer.title}, ${layer.formula}` : layer.subtitle}
    onDragStart={(event) => startDrag(event, layer)}
    onDragEnd={endDrag}
    onClick={() => add(layer)}
  >
    <KindTile kind={layer.kind} family={layer.family} size={rail ? 24 : 20} />
    {!rail && (
      <>
        <span className="Palette-title">{layer.title}</span>
        <span className="Palette-formula">{layer.formula}</span>
      </>
    )}
  </button>
);

/** Beside the rail, while it is open. */
const RailTemplates = () => {
  const [top, setTop] = useState<number | null>(null);
  const flyout = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (top === null) return;
    flyout.current?.querySelector<HTMLElement>("[data-kind]")?.focus();
    const pressed = (event: PointerEvent): void => {
      const isInside = event.target instanceof globalThis.Node && flyout.current?.contains(event.target);
      if (!isInside) setTop(null);
    };
    document.addEventListener("pointerdown", pressed, true);
    return () => document.removeEventListener("pointerdown", pressed, true);
  }, [top]);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button Palette-find"
        aria-label="Templates"
        aria-expanded={top !== null}
        data-tooltip="Templates"
        onClick={(event) => setTop(top === null ? event.currentTarget.getBoundingClientRect().top : null)}
      >
        <Icon of={Blocks} />
      </button>
      {top !== null && (
        // biome-ignore lint/a11y/noStaticElementInteractions: its buttons have the keyboard; it closes after them
        <div
          ref={flyout}
          className="Palette-flyout"
          style={{ top }}
          onClick={() => setTop(null)}
          onKeyDown={(event) => {
            if (event.key === "Escape") {
              setTop(null);
              button.current?.focus();
              event.stopPropagation();
            } else moveFocus(event);
          }}
        >
          <TemplateList query="" />
        </div>
      )}
    </>
  );
};

const Rail = ({ groups }: { readonly groups: readonly LayerGroup[] }) => (
  <>
    <button
      type="button"
      className="icon-button Palette-find"
      aria-label="Find a layer"
      data-tooltip="Find a layer"
      data-shortcut="Tab"
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        canvasView.setState({ search: { left: box.right + 8, top: box.top, place: defaultPlace(), end: null } });
      }}
    >
      <Icon of={Search} />
    </button>
    <RailTemplates />
    {groups.map((group, index) => (
      // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
      <div key={group.family} className="Palette-group" role="group" aria-label={group.title}>
        {group.layers.map((layer, position) => (
          <Entry key={layer.kind} layer={layer} rail first={index === 0 && position === 0} />
        ))}
      </div>
    ))}
  </>
);

const FullPalette = ({ groups }: { readonly groups: readonly LayerGroup[] }) => {
  const [query, setQuery] = useState("");
  const found = searchLayers(query);
  const filtering = query.trim() !== "";
  const [best] = found;
  const [template] = searchTemplates(query);
  const takesTemplate =
    template !== undefined &&
    (best === undefined || byCertainty(certaintyOfTemplate(query, template), certaintyOfLayer(query, best)) < 0);
  return (
    <>
      <div className="Palette-search">
        <Icon of={Search} size={14} />
        <input
          className="field"
          type="text"
          placeholder="Find a layer"
          aria-label="Find a layer"
          spellCheck={false}
          autoComplete="off"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (best ?? template) !== undefined && filtering) {
              if (takesTemplate) insertTemplate(template);
              else if (best) add(best);
              setQuery("");
            } else if (event.key === "Escape") setQuery("");
          }}
        />
        <kbd className="kbd">Tab</kbd>
      </div>
      <div className="Palette-list">
        {filtering && found.length === 0 && searchTemplates(query).length === 0 && (
          <p className="Palette-none">{`No layer is called "${query.trim()}".`}</p>
        )}
        {filtering && takesTemplate && <TemplateList query={query} />}
        {filtering
          ? found.map((layer, index) => <Entry key={layer.kind} layer={layer} rail={false} first={index === 0} />)
          : groups.map((group, index) => (
              // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
              <div key={group.family} className="Palette-group" role="group" aria-label={group.title}>
                <h2 className="Palette-heading">{group.title}</h2>
                {group.layers.map((layer, position) => (
                  <Entry key={layer.kind} layer={layer} rail={false} first={index === 0 && position === 0} />
                ))}
              </div>
            ))}
        {!(filtering && takesTemplate) && <TemplateList query={query} />}
      </div>
    </>
  );
};

export const Palette = () => {
  const inLesson = useLessons((state) => state.open !== null);
  const rail = useQuery(inLesson ? LESSON_RAIL_QUERY : RAIL_QUERY);
  const groups = groupLayers();
  return (
    <nav
      className={rail ? "Palette Palette-rail" : "Palette"}
      aria-label="Layers"
      data-region="palette"
      tabIndex={-1}
      onKeyDown={moveFocus}
    >
      {rail ? <Rail groups={groups} /> : <FullPalette groups={groups} />}
    </nav>
  );
};
