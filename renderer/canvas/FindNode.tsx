/** Ctrl F: find a node by name, kind or shape. Arrow keys show one after the other, Enter goes to it, Escape closes. */
import { useEffect, useId, useRef, useState } from "react";
import { layerOf } from "../../engine/index.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { useDocument } from "../document/documentStore.ts";
import { KindTile } from "../palette/KindGlyph.tsx";
import "../palette/LayerSearch.css";
import { canvasView, useCanvasView } from "./canvasView.ts";
import { type FoundNode, findNodes, revealFound } from "./findNodes.ts";
import "./FindNode.css";

const close = (): void => canvasView.setState({ finding: false });

const Popover = ({ onClose }: { readonly onClose: () => void }) => {
  const document = useDocument((state) => state.document);
  const compiled = useDocument((state) => state.compiled);
  const selected = useDocument((state) => state.selectedNodeIds[0]);
  const query = useCanvasView((state) => state.findQuery);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const listId = useId();
  // What F3 has moved to is what the list shows.
  const [active, setActive] = useState<string | undefined>(selected);
  const found = findNodes(document, compiled, query);
  const wanted = found.some(({ nodeId }) => nodeId === selected) ? selected : active;
  const index = Math.max(
    0,
    found.findIndex(({ nodeId }) => nodeId === wanted),
  );
  const chosen = found[index];

  useEffect(() => field.current?.select(), []);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  });

  const move = (to: number): void => {
    const node = found[(to + found.length) % Math.max(1, found.length)];
    if (node === undefined) return;
    setActive(node.nodeId);
    revealFound(node.nodeId);
  };

  const goTo = (node: FoundNode | undefined): void => {
    if (node === undefined) return;
    revealFound(node.nodeId);
    close();
    canvasViewport()?.showNode(node.nodeId);
  };

  const pressed = (event: React.KeyboardEvent): void => {
    if (event.key === "ArrowDown") move(index + 1);
    else if (event.key === "ArrowUp") move(index - 1);
    else if (event.key === "Enter") goTo(chosen);
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="LayerSearch FindNode" role="dialog" aria-label="Find a node">
      <div className="FindNode-head">
        <input
          ref={field}
          // biome-ignore lint/a11y/noAutofocus: the popover was asked for by a key, to type at once
          autoFocus
          className="field"
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={chosen ? `${listId}-${index}` : undefined}
          aria-label="Find a node by name, kind or shape"
          placeholder="Name, kind or shape"
          spellCheck={false}
          autoComplete="off"
          value={query}
          onChange={(event) => {
            canvasView.setState({ findQuery: event.target.value });
            const [best] = event.target.value.trim() === "" ? [] : findNodes(document, compiled, event.target.value);
            setActive(best?.nodeId);
            if (best) revealFound(best.nodeId);
          }}
          onKeyDown={pressed}
        />
        <span className="FindNode-count" role="status">
          {found.length === 0 ? "0" : `${index + 1} of ${found.length}`}
        </span>
      </div>
      <div ref={list} className="LayerSearch-list" id={listId} role="listbox" aria-label="Nodes">
        {found.map((node, position) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and handles the keys of the list
          // biome-ignore lint/a11y/useFocusableInteractive: options are reached through aria-activedescendant
          <div
            key={node.nodeId}
            id={`${listId}-${position}`}
            role="option"
            aria-selected={node === chosen}
            className="LayerSearch-option"
            onClick={() => goTo(node)}
          >
            <KindTile kind={node.kind} family={layerOf(node.kind)?.family ?? null} size={20} />
            <span className="LayerSearch-title" title={node.name}>
              {node.name}
            </span>
            <span className="LayerSearch-formula">{`${node.title} · ${node.shape}`}</span>
          </div>
        ))}
        {found.length === 0 && <p className="LayerSearch-none">{`No node matches "${query.trim()}".`}</p>}
      </div>
    </div>
  );
};

export const FindNode = ({ onClose }: { readonly onClose: () => void }) => {
  const finding = useCanvasView((state) => state.finding);
  return finding ? (
    <Popover
      onClose={() => {
        close();
        onClose();
      }}
    />
  ) : null;
};
