/** Connecting by keyboard: C on a node lists every input and output it can be wired to; Enter connects or disconnects. */
import { useReactFlow } from "@xyflow/react";
import { useEffect, useId, useRef, useState } from "react";
import type { PortReference } from "../../engine/index.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { KindTile } from "../palette/KindGlyph.tsx";
import { applyGesture } from "./applyGesture.ts";
import { canvasView, useCanvasView } from "./canvasView.ts";
import { nodeOf } from "./documentGraph.ts";
import { checkConnection, connect, disconnect } from "./gestures.ts";
import type { NodeView } from "./nodeViews.ts";
import { isLoose, sameEnd, spliceNode } from "./splice.ts";
import "../palette/LayerSearch.css";
import "./ConnectPopover.css";

interface Choice {
  readonly key: string;
  readonly view: NodeView;
  readonly name: string;
  readonly from: PortReference;
  readonly to: PortReference;
  /** `into`: a loose node goes between the two ends. */
  readonly direction: "to" | "from" | "into";
  readonly note: string;
  readonly state: "free" | "connected" | "refused";
}

const choicesOf = (views: readonly NodeView[], own: NodeView): readonly Choice[] => {
  const { document } = documentStore.getState();
  const choice = (view: NodeView, from: PortReference, to: PortReference, direction: "to" | "from"): Choice => {
    const check = checkConnection(document, from, to);
    const named = direction === "to" ? view.inputs.length > 1 && to.port : view.outputs.length > 1 && from.port;
    const port = named ? `${named} ` : "";
    return {
      key: `${from.node}.${from.port}→${to.node}.${to.port}`,
      view,
      name: view.name,
      from,
      to,
      direction,
      note: check.status === "exists" ? `${port}connected` : "text" in check ? check.text : port.trim(),
      state: check.status === "exists" ? "connected" : check.status === "refused" ? "refused" : "free",
    };
  };
  const all = views
    .filter((view) => view.nodeId !== own.nodeId)
    .flatMap((view) => [
      ...own.outputs.flatMap((output) =>
        view.inputs.map((input) =>
          choice(view, { node: own.nodeId, port: output }, { node: view.nodeId, port: input }, "to"),
        ),
      ),
      ...own.inputs.flatMap((input) =>
        view.outputs.map((output) =>
          choice(view, { node: view.nodeId, port: output }, { node: own.nodeId, port: input }, "from"),
        ),
      ),
    ]);
  const named = new Map(views.map((view) => [view.nodeId, view]));
  const between = isLoose(document, own.nodeId)
    ? document.edges.flatMap(({ from, to }): Choice[] => {
        const [source, target] = [named.get(from.node), named.get(to.node)];
        if (source === undefined || target === undefined) return [];
        const name = `${source.name} → ${target.name}`;
        const key = `into ${from.node}.${from.port}→${to.node}.${to.port}`;
        return [{ key, view: target, name, from, to, direction: "into", note: source.shape, state: "free" }];
      })
    : [];
  const order = { connected: 0, free: 1, refused: 2 } as const;
  const directions = { to: 0, from: 1, into: 2 } as const;
  return [...all, ...between].sort(
    (a, b) => order[a.state] - order[b.state] || directions[a.direction] - directions[b.direction],
  );
};

const Popover = ({ own, views }: { readonly own: NodeView; readonly views: readonly NodeView[] }) => {
  const { flowToScreenPosition, getInternalNode } = useReactFlow();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const root = useRef<HTMLDivElement>(null);
  const listId = useId();
  // A new document (connected, undone) means new choices.
  useDocument((state) => state.document);
  const wanted = query.trim().toLowerCase();
  const choices = choicesOf(views, own).filter(
    ({ view, name }) =>
      wanted === "" || name.toLowerCase().includes(wanted) || view.title.toLowerCase().includes(wanted),
  );
  const index = Math.min(active, choices.length - 1);
  const chosen = choices[index];

  const close = () => {
    canvasView.setState({ connectingNodeId: null });
    document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(own.nodeId)}"]`)?.focus();
  };

  useEffect(() => {
    const pressed = (event: PointerEvent) => {
      if (event.target instanceof Element && !root.current?.contains(event.target)) {
        canvasView.setState({ connectingNodeId: null });
      }
    };
    document.addEventListener("pointerdown", pressed, true);
    return () => document.removeEventListener("pointerdown", pressed, true);
  }, []);

  useEffect(() => {
    root.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  });

  const choose = (choice: Choice | undefined) => {
    if (choice === undefined || choice.state === "refused") return;
    const { document: current } = documentStore.getState();
    if (choice.direction === "into") {
      const place = nodeOf(current, choice.to.node)?.position ?? { x: 0, y: 0 };
      const edge = current.edges.find(({ from, to }) => sameEnd(from, choice.from) && sameEnd(to, choice.to));
      if (edge) applyGesture(spliceNode(current, own.nodeId, edge, place));
    } else if (choice.state === "connected") applyGesture(disconnect(current, { from: choice.from, to: choice.to }));
    else applyGesture(connect(current, choice.from, choice.to));
    close();
  };

  const pressed = (event: React.KeyboardEvent) => {
    if (event.key === "ArrowDown") setActive(Math.min(choices.length - 1, index + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(0, index - 1));
    else if (event.key === "Enter") choose(chosen);
    else if (event.key === "Escape" || event.key === "Tab") close();
    else {
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const { x, y } = getInternalNode(own.nodeId)?.internals.positionAbsolute ?? { x: 0, y: 0 };
  const corner = flowToScreenPosition({ x: x + 250, y });
  return (
    <div
      ref={root}
      className="LayerSearch ConnectPopover"
      role="dialog"
      aria-label={`Connect ${own.name}`}
      style={{
        left: Math.max(8, Math.min(corner.x, window.innerWidth - 288)),
        top: Math.max(8, Math.min(corner.y, window.innerHeight - 348)),
      }}
    >
      <h2 className="ConnectPopover-title">{`Connect ${own.name}`}</h2>
      <input
        // biome-ignore lint/a11y/noAutofocus: the popover was asked for by a key, to choose at once
        autoFocus
        className="field LayerSearch-field"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={chosen ? `${listId}-${index}` : undefined}
        aria-label={`Find a node to connect ${own.name} with`}
        placeholder="Find a node"
        spellCheck={false}
        autoComplete="off"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setActive(0);
        }}
        onKeyDown={pressed}
      />
      <div className="LayerSearch-list" id={listId} role="listbox" aria-label="Nodes">
        {choices.map((choice, position) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and handles the keys of the list
          // biome-ignore lint/a11y/useFocusableInteractive: options are reached through aria-activedescendant
          <div
            key={choice.key}
            id={`${listId}-${position}`}
            role="option"
            aria-selected={position === index}
            aria-disabled={choice.state === "refused"}
            className="LayerSearch-option"
            onPointerMove={() => setActive(position)}
            onClick={() => choose(choice)}
          >
            <span className="ConnectPopover-direction">{choice.direction}</span>
            <KindTile kind={choice.view.kind} family={choice.view.family} size={20} />
            <span className="ConnectPopover-name">{choice.name}</span>
            <span className="LayerSearch-formula">{choice.note}</span>
          </div>
        ))}
        {choices.length === 0 && (
          <p className="LayerSearch-none">
            {wanted === "" ? "There is no other node." : `No node is called "${query.trim()}".`}
          </p>
        )}
      </div>
    </div>
  );
};

export const ConnectPopover = ({ views }: { readonly views: readonly NodeView[] }) => {
  const nodeId = useCanvasView((state) => state.connectingNodeId);
  const own = views.find((view) => view.nodeId === nodeId);
  return own === undefined ? null : <Popover key={own.nodeId} own={own} views={views} />;
};
