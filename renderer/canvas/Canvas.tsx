/** The graph: React Flow shows what the document says; every gesture becomes commands of one undo step. */
import {
  type Connection,
  type EdgeChange,
  type OnConnectEnd,
  ReactFlow,
  ReactFlowProvider,
  SelectionMode,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useCallback, useEffect, useRef, useState } from "react";
import { NODE_WIDTH } from "../../engine/index.ts";
import { setCanvasViewport } from "../commands/canvasViewport.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { HealthPopover } from "../health/HealthPopover.tsx";
import { LayerSearch } from "../palette/LayerSearch.tsx";
import { reducesMotion } from "../theme/motion.ts";
import { applyGesture } from "./applyGesture.ts";
import "./Canvas.css";
import { CanvasDots } from "./CanvasDots.tsx";
import { CanvasLegend } from "./CanvasLegend.tsx";
import { CanvasMap } from "./CanvasMap.tsx";
import { CanvasMarks } from "./CanvasMarks.tsx";
import { ConnectionLine } from "./ConnectionLine.tsx";
import { ConnectPopover } from "./ConnectPopover.tsx";
import type { CanvasFlowNode } from "./canvasItems.ts";
import { useCanvasKeys } from "./canvasKeys.ts";
import { exceedsView } from "./canvasMap.ts";
import { canvasView, useCanvasView } from "./canvasView.ts";
import { DiagnosticCallouts } from "./DiagnosticCallout.tsx";
import { ElementOrder } from "./ElementOrder.tsx";
import { EmptyCanvas } from "./EmptyCanvas.tsx";
import { EdgeStage, EdgeStageContext, useEdgeStage } from "./edgeStage.ts";
import { FindNode } from "./FindNode.tsx";
import { fitViewport, isInView, panIntoView } from "./fitViewport.ts";
import { endsOf, selectAlone, useFlowElements } from "./flowElements.ts";
import { useShownInFlow } from "./flowStore.ts";
import { GlyphShelf } from "./GlyphShelf.tsx";
import { Ground } from "./Ground.tsx";
import { GroupFrame } from "./GroupFrame.tsx";
import { GroupNode } from "./GroupNode.tsx";
import { checkConnection, connect } from "./gestures.ts";
import { itemShowing } from "./groupViews.ts";
import { boxesShown } from "./guideBoxes.ts";
import { LayerNode } from "./LayerNode.tsx";
import { usePannedAlone } from "./movesAlone.ts";
import { NoteNode } from "./NoteNode.tsx";
import { useNodeDrag } from "./nodeDrag.ts";
import { usePortMarks } from "./Ports.tsx";
import { usePaletteDrop } from "./paletteDrop.ts";
import { usePanning } from "./panning.ts";
import { SignalEdge, type SignalFlowEdge } from "./SignalEdge.tsx";
import { StageLayer } from "./StageLayer.tsx";
import { useShownSelection } from "./shownSelection.ts";
import { useSparing } from "./sparing.ts";
import { StripStage, StripStageContext, useStripStage } from "./stripStage.ts";
import { ZoomControls } from "./ZoomControls.tsx";
import { ZoomLevelProvider } from "./ZoomLevelProvider.tsx";

const nodeTypes = { layer: LayerNode, frame: GroupFrame, layerGroup: GroupNode, note: NoteNode };
const edgeTypes = { signal: SignalEdge };

const ADD_KEYS = ["Shift", "Control", "Meta"];
const HIDE_ATTRIBUTION = { hideAttribution: true };
/** A list made in place would be another at every edit, and React Flow would tell all that listen to it. */
const SNAP_GRID: [number, number] = [4, 4];
/** Leaving a node for its callout takes a moment. */
const HOVER_LEAVE_MS = 160;

const layoutDuration = (): number => (reducesMotion() ? 0 : 240);

const NOWHERE = { clientX: 0, clientY: 0 };

/** Empty canvas. */
const isPane = (target: EventTarget | null): boolean =>
  target instanceof Element && target.classList.contains("react-flow__pane");

const isValidConnection = (connection: Connection | SignalFlowEdge): boolean => {
  const { from, to } = endsOf({ sourceHandle: null, targetHandle: null, ...connection });
  return checkConnection(documentStore.getState().document, from, to).status !== "refused";
};

const onConnect = (connection: Connection): void => {
  const { from, to } = endsOf(connection);
  applyGesture(connect(documentStore.getState().document, from, to));
};

const onEdgesChange = (changes: EdgeChange<SignalFlowEdge>[]): void => {
  if (!changes.some((change) => change.type === "select")) return;
  const { selectedNodeIds, selectedEdgeIds, selectedNoteIds, select } = documentStore.getState();
  const selection = new Set(selectedEdgeIds);
  for (const change of changes) {
    if (change.type === "select") selection[change.selected ? "add" : "delete"](change.id);
  }
  select(selectedNodeIds, [...selection], selectedNoteIds);
};

const Flow = () => {
  const container = useRef<HTMLElement>(null);
  const pointer = useRef<{ x: number; y: number } | null>(null);
  const leaving = useRef(0);
  const elements = useFlowElements();
  const { nodes, edges, views, preview, onNodesChange } = elements;
  useShownInFlow(elements.handover, nodes, edges);
  const selectedNodeIds = useDocument((state) => state.selectedNodeIds);
  const flow = useReactFlow<CanvasFlowNode, SignalFlowEdge>();
  const { setViewport, getViewport, screenToFlowPosition, getInternalNode, zoomIn, zoomOut } = flow;
  const openedCount = useDocument((state) => state.openedCount);
  const search = useCanvasView((state) => state.search);
  const exceeds = useStore(exceedsView);
  const isEmpty = nodes.length === 0;
  const [stripStage, edgeStage] = [useStripStage(), useEdgeStage()];
  useShownSelection(nodes, selectedNodeIds, stripStage);
  usePortMarks(container);
  useSparing();
  usePannedAlone(useCallback(() => container.current?.querySelector(".react-flow__viewport"), []));

  const fitWithin = useCallback(
    (duration: number) => {
      const box = container.current?.getBoundingClientRect();
      if (box === undefined || box.width === 0) return;
      void setViewport(fitViewport(boxesShown(documentStore.getState().document), box.width, box.height), { duration });
    },
    [setViewport],
  );
  const fit = useCallback(() => fitWithin(layoutDuration()), [fitWithin]);

  const fitIfEmpty = useCallback(() => {
    const size = container.current?.getBoundingClientRect();
    const boxes = boxesShown(documentStore.getState().document);
    if (size !== undefined && boxes.length > 0 && !boxes.some((box) => isInView(box, getViewport(), size)))
      fitWithin(layoutDuration());
  }, [fitWithin, getViewport]);

  const openSearch = useCallback(() => {
    const box = container.current?.getBoundingClientRect();
    if (box === undefined) return;
    const middle = box.left + box.width / 2;
    const { x, y } = pointer.current ?? { x: middle - 132, y: box.top + box.height / 3 };
    // Without a pointer to say where, the first node stands at the top, so that the next ones fit below.
    const place = pointer.current ?? { x: middle - NODE_WIDTH / 2, y: box.top + 48 };
    canvasView.setState({ search: { left: x, top: y, place: screenToFlowPosition(place), end: null } });
  }, [screenToFlowPosition]);

  const openSearchFor = useCallback<OnConnectEnd>(
    (event, { fromHandle, toHandle }) => {
      if (fromHandle === null || toHandle !== null || !isPane(event.target)) return;
      const { clientX: left, clientY: top } = "clientX" in event ? event : (event.changedTouches[0] ?? NOWHERE);
      const port = { node: fromHandle.nodeId, port: fromHandle.id ?? "" };
      const end = { side: fromHandle.type === "source" ? "output" : "input", port } as const;
      canvasView.setState({ search: { left, top, place: screenToFlowPosition({ x: left, y: top }), end } });
    },
    [screenToFlowPosition],
  );

  const focusCanvas = useCallback(() => container.current?.focus({ preventScroll: true }), []);

  const closeSearch = useCallback(() => {
    canvasView.setState({ search: null });
    focusCanvas();
  }, [focusCanvas]);

  // Another document begins with all of it in view.
  const [initial] = useState(openedCount);
  useEffect(() => {
    if (openedCount !== initial || flow.viewportInitialized) fitWithin(0);
  }, [openedCount, initial, flow.viewportInitialized, fitWithin]);

  const reveal = useCallback(
    (nodeId: string) => {
      const node = getInternalNode(itemShowing(documentStore.getState().document, nodeId));
      const box = container.current?.getBoundingClientRect();
      if (node === undefined || box === undefined) return;
      const { x, y } = node.internals.positionAbsolute;
      const { width = 0, height = 0 } = node.measured;
      const view = getViewport();
      // A panel over the canvas stands at its right.
      const cover = container.current?.parentElement?.querySelector("[data-covers-canvas]")?.getBoundingClientRect();
      const visible = { width: (cover?.left ?? box.right) - box.left, height: box.height };
      const shift = panIntoView({ left: x, top: y, right: x + width, bottom: y + height }, view, visible);
      if (shift.x === 0 && shift.y === 0) return;
      void setViewport({ x: view.x + shift.x, y: view.y + shift.y, zoom: view.zoom }, { duration: layoutDuration() });
    },
    [getInternalNode, getViewport, setViewport],
  );

  useEffect(
    () =>
      setCanvasViewport({
        zoomIn: () => void zoomIn(),
        zoomOut: () => void zoomOut(),
        fit,
        fitIfEmpty,
        // A node that was just added is on the page with the next frame.
        showNode: (nodeId) =>
          requestAnimationFrame(() => {
            reveal(nodeId);
            const itemId = itemShowing(documentStore.getState().document, nodeId);
            container.current
              ?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(itemId)}"]`)
              ?.focus({ preventScroll: true });
          }),
        revealNode: reveal,
        pastePlace: () => {
          const box = container.current?.getBoundingClientRect();
          const middle = box && { x: box.left + (box.width - NODE_WIDTH) / 2, y: box.top + box.height / 4 };
          return screenToFlowPosition(pointer.current ?? middle ?? { x: 0, y: 0 });
        },
      }),
    [fit, fitIfEmpty, reveal, zoomIn, zoomOut, screenToFlowPosition],
  );

  // Tab opens the search where nothing else has the keyboard: a fresh page, or after a click on the canvas.
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "Tab" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
      // Behind another view Tab is the browser's.
      if (document.activeElement !== document.body || container.current?.closest("[inert]") !== null) return;
      event.preventDefault();
      openSearch();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [openSearch]);

  const keys = useCanvasKeys(elements, openSearch, container);
  const drop = usePaletteDrop(edges);
  const drag = useNodeDrag(elements);
  const panning = usePanning();

  // These stay the same, or React Flow renders every node at every edit and for every move of a drag.
  const enterNode = useCallback((_event: React.MouseEvent, { id }: CanvasFlowNode) => {
    window.clearTimeout(leaving.current);
    canvasView.setState({ hoveredNodeId: id });
  }, []);
  const leaveNode = useCallback(() => {
    window.clearTimeout(leaving.current);
    leaving.current = window.setTimeout(() => canvasView.setState({ hoveredNodeId: null }), HOVER_LEAVE_MS);
  }, []);
  const clickNode = useCallback(
    ({ shiftKey, ctrlKey, metaKey }: React.MouseEvent, { id }: CanvasFlowNode) =>
      shiftKey || ctrlKey || metaKey ? undefined : selectAlone(id),
    [],
  );
  const clickPane = useCallback(() => {
    // Letting a link go ends in a click, too: then the search has the keyboard.
    if (canvasView.getState().search === null) focusCanvas();
  }, [focusCanvas]);

  return (
    <section
      ref={container}
      className="Canvas"
      aria-label="Graph"
      data-region="canvas"
      tabIndex={-1}
      onPointerDownCapture={drag.press}
      onPointerMove={(event) => {
        pointer.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerUp={(event) => {
        pointer.current = { x: event.clientX, y: event.clientY };
        drag.release();
      }}
      onPointerCancel={drag.release}
      onPointerLeave={() => {
        pointer.current = null;
      }}
      onDoubleClick={(event) => isPane(event.target) && openSearch()}
      {...keys}
      {...drop}
    >
      <ReactFlow<CanvasFlowNode, SignalFlowEdge>
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        {...panning}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onNodeDrag={drag.dragged}
        onNodeDragStop={drag.nodeDropped}
        onSelectionDrag={drag.dragged}
        onSelectionDragStop={drag.dropped}
        onConnect={onConnect}
        onConnectEnd={openSearchFor}
        isValidConnection={isValidConnection}
        connectionLineComponent={ConnectionLine}
        connectionRadius={24}
        onNodeMouseEnter={enterNode}
        onNodeMouseLeave={leaveNode}
        onNodeClick={clickNode}
        onPaneClick={clickPane}
        minZoom={0.08}
        maxZoom={2}
        snapToGrid
        snapGrid={SNAP_GRID}
        selectionMode={SelectionMode.Partial}
        multiSelectionKeyCode={ADD_KEYS}
        deleteKeyCode={null}
        disableKeyboardA11y
        edgesFocusable={false}
        nodeDragThreshold={3}
        zoomOnDoubleClick={false}
        proOptions={HIDE_ATTRIBUTION}
      >
        <CanvasDots />
        <ElementOrder handover={elements.handover} />
        <Ground nodes={nodes} />
        {exceeds && !isEmpty && <CanvasMap nodes={nodes} />}
        {edgeStage !== null && <StageLayer stage={edgeStage} behind />}
        {stripStage !== null && <StageLayer stage={stripStage} />}
        <CanvasMarks dragged={preview} edges={edges} />
        <DiagnosticCallouts views={views} />
        <HealthPopover />
      </ReactFlow>
      <GlyphShelf views={views} />
      {isEmpty && <EmptyCanvas />}
      <CanvasLegend stale={views.some(({ measured }) => measured === "stale")} />
      <ZoomControls fit={fit} />
      <ConnectPopover views={views} />
      <FindNode onClose={focusCanvas} />
      {search !== null && <LayerSearch key={`${search.left} ${search.top}`} {...search} onClose={closeSearch} />}
    </section>
  );
};

export const Canvas = () => {
  const [[strips, edges]] = useState(() => [new StripStage(), new EdgeStage()] as const);
  return (
    <StripStageContext value={strips}>
      <EdgeStageContext value={edges}>
        <ReactFlowProvider>
          <ZoomLevelProvider>
            <Flow />
          </ZoomLevelProvider>
        </ReactFlowProvider>
      </EdgeStageContext>
    </StripStageContext>
  );
};
