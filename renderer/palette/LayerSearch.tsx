/**
 * The layer search: type, arrow keys, Enter. Opened by Tab or a double click over the canvas, by a link that is let go there, by Enter on
 * an edge, or from the rail. After a port, kinds that do not fit its shape come last, with the reason.
 */
import { Blocks } from "lucide-react";
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { type AnyLayer, type DocumentEdge, formatShape, type Position } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { returnFocus, useOpener } from "../app/opener.ts";
import { focusFirstInCanvas } from "../app/regions.ts";
import { applyGesture } from "../canvas/applyGesture.ts";
import { spliceOnEdge } from "../canvas/gestures.ts";
import { type Fit, fitAt, type LooseEnd } from "../canvas/looseEnd.ts";
import { canSplice } from "../canvas/splice.ts";
import { documentStore } from "../document/documentStore.ts";
import { addLayer, addLinked, selectedEnd, showSelected } from "./addLayer.ts";
import { insertTemplate } from "./addTemplate.ts";
import { certaintyOfTemplate, searchTemplates } from "./allTemplates.ts";
import { KindTile } from "./KindGlyph.tsx";
import { byCertainty, type Certainty, searchFitting } from "./layerSearch.ts";
import "./LayerSearch.css";

/** What Tab never comes to by itself, and the search is opened from by Tab. */
const NO_STOP = 'body, [data-region="canvas"]';
const WIDTH = 264;
const MAX_HEIGHT = 340;
const MARGIN = 8;

interface Goal {
  readonly placeholder: string;
  readonly fitOf: (layer: AnyLayer) => Fit;
}

const ANYWHERE: Goal = { placeholder: "Find a layer", fitOf: () => ({ status: "fits" }) };

/** What fits into an edge: what fits behind its source and has an output itself. */
const spliceGoal = ({ from, to }: DocumentEdge): Goal => {
  const { document, compiled } = documentStore.getState();
  const nameOf = (nodeId: string) => document.nodes.find(({ id }) => id === nodeId)?.name ?? nodeId;
  return {
    placeholder: `Between ${nameOf(from.node)} and ${nameOf(to.node)}`,
    fitOf: (layer) =>
      canSplice(layer.kind) ? fitAt(document, compiled, { side: "output", port: from }, layer) : { status: "never" },
  };
};

/** What the layer is for: the port that it will be connected to, as things are when the search opens. */
const goalOf = (link: LooseEnd | null, edge: DocumentEdge | null): Goal => {
  if (edge !== null) return spliceGoal(edge);
  const end = link ?? selectedEnd();
  if (end === null) return ANYWHERE;
  const { document, compiled } = documentStore.getState();
  const name = document.nodes.find(({ id }) => id === end.port.node)?.name ?? end.port.node;
  const shape = compiled.facts.get(end.port.node)?.outputShape;
  return {
    placeholder:
      end.side === "input" ? `Before ${name}` : shape ? `After ${name}, ${formatShape(shape)}` : `After ${name}`,
    fitOf: (layer) => {
      const fit = fitAt(document, compiled, end, layer);
      // Without a link nothing forbids a layer that stands on its own.
      return link === null && fit.status === "never" ? { status: "fits" } : fit;
    },
  };
};

interface Choice {
  readonly certainty: Certainty;
  readonly key: string;
  readonly title: string;
  readonly formula: string;
  readonly tile: ReactNode;
  readonly misfit: string | null;
  readonly add: () => void;
}

const TemplateTile = () => (
  <span className="Palette-blocks">
    <Icon of={Blocks} size={15} />
  </span>
);

const optionClass = (misfit: string | null, isFirst: boolean): string =>
  `LayerSearch-option${misfit === null ? "" : " is-misfit"}${isFirst ? " is-first-misfit" : ""}`;

export const LayerSearch = ({
  left,
  top,
  place,
  end,
  edge = null,
  onClose,
}: {
  readonly left: number;
  readonly top: number;
  readonly place: Position;
  readonly end: LooseEnd | null;
  readonly edge?: DocumentEdge | null;
  readonly onClose: () => void;
}) => {
  const opener = useOpener();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const root = useRef<HTMLDivElement>(null);
  const listId = useId();
  const goal = useMemo(() => goalOf(end, edge), [end, edge]);
  const add = (layer: AnyLayer): void => {
    if (edge !== null) applyGesture(spliceOnEdge(documentStore.getState().document, layer.kind, edge, place));
    else if (end === null) addLayer(layer.kind, place);
    else addLinked(layer.kind, end, place);
    showSelected();
  };
  const layersFound = searchFitting(query, goal.fitOf).map(
    ({ layer, misfit, certainty }): Choice => ({
      certainty,
      key: layer.kind,
      title: layer.title,
      formula: layer.formula,
      tile: <KindTile kind={layer.kind} family={layer.family} size={20} />,
      misfit,
      add: () => add(layer),
    }),
  );
  // A part of a net goes where a layer after something goes; it is asked for by its name.
  const takesTemplates = query.trim() !== "" && edge === null && end?.side !== "input";
  const templatesFound = (takesTemplates ? searchTemplates(query) : []).map(
    (template): Choice => ({
      certainty: certaintyOfTemplate(query, template),
      key: `template-${template.id}`,
      title: template.title,
      formula: template.subtitle,
      tile: <TemplateTile />,
      misfit: null,
      add: () => insertTemplate(template, end?.port.node, place),
    }),
  );
  // LeNet is meant rather than a layer that is also called MobileNet; of equally certain ones, layers come first.
  const found = [...layersFound, ...templatesFound].sort((a, b) => byCertainty(a.certainty, b.certainty));
  const chosen = found[Math.min(active, found.length - 1)];
  const chosenKey = chosen?.key;
  // A line above them, where all that fits stands before them.
  const firstMisfit = query.trim() === "" ? found.findIndex(({ misfit }) => misfit !== null) : -1;

  useEffect(() => {
    const pressed = (event: PointerEvent) => {
      if (event.target instanceof globalThis.Node && !root.current?.contains(event.target)) onClose();
    };
    document.addEventListener("pointerdown", pressed, true);
    return () => document.removeEventListener("pointerdown", pressed, true);
  }, [onClose]);

  useEffect(() => {
    if (chosenKey) document.getElementById(`${listId}-${chosenKey}`)?.scrollIntoView({ block: "nearest" });
  }, [chosenKey, listId]);

  const choose = (choice: Choice | undefined): void => {
    if (choice === undefined) return;
    onClose();
    choice.add();
  };

  const pressed = (event: React.KeyboardEvent) => {
    const last = found.length - 1;
    if (event.key === "ArrowDown") setActive(Math.min(last, active + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(0, active - 1));
    else if (event.key === "Enter") choose(chosen);
    else if (event.key === "Escape" || event.key === "Tab") {
      onClose();
      // Back on the empty canvas Tab would open the search again, and never lead on.
      if (event.key === "Tab" && !event.shiftKey && opener?.matches(NO_STOP)) focusFirstInCanvas();
      else returnFocus(opener);
    } else return;
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
        aria-activedescendant={chosen ? `${listId}-${chosen.key}` : undefined}
        aria-label="Find a layer"
        placeholder={goal.placeholder}
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
        {found.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and handles the keys of the list
          // biome-ignore lint/a11y/useFocusableInteractive: options are reached through aria-activedescendant
          <div
            key={choice.key}
            id={`${listId}-${choice.key}`}
            role="option"
            aria-selected={choice.key === chosenKey}
            className={optionClass(choice.misfit, index === firstMisfit)}
            title={choice.misfit === null ? undefined : `${choice.title}: ${choice.misfit}`}
            onPointerMove={() => setActive(index)}
            onClick={() => choose(choice)}
          >
            {choice.tile}
            <span className="LayerSearch-title">{choice.title}</span>
            <span className="LayerSearch-formula">{choice.misfit ?? choice.formula}</span>
          </div>
        ))}
        {found.length === 0 && <p className="LayerSearch-none">{`No layer is called "${query.trim()}".`}</p>}
      </div>
    </div>
  );
};
