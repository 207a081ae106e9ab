/**
 * A port. React Flow's own `Handle` listens to the connection that is being drawn, each for itself: when one began or ended, React rendered all of
 * them, a thousand with 500 layers. These listen to nothing; `usePortMarks` marks those that a connection is about, past React.
 */
import { Position, type ReactFlowState, useStoreApi } from "@xyflow/react";
import { type HandleType, XYHandle } from "@xyflow/system";
import { memo, type RefObject, useLayoutEffect } from "react";

type FlowStore = ReturnType<typeof useStoreApi>;

/** As React Flow finds the element of a port. */
const elementId = (rfId: string, nodeId: string, port: string, type: HandleType): string =>
  `${rfId}-${nodeId}-${port}-${type}`;

const isMouse = (event: MouseEvent | TouchEvent): event is MouseEvent => "clientX" in event;

/** A press on a port draws a connection from it until it is let go, as React Flow does it. */
const beginConnection = (
  store: FlowStore,
  nodeId: string,
  port: string,
  type: HandleType,
  { nativeEvent, currentTarget }: React.MouseEvent | React.TouchEvent,
): void => {
  if (isMouse(nativeEvent) && nativeEvent.button !== 0) return;
  const { getState } = store;
  const state = getState();
  XYHandle.onPointerDown(nativeEvent, {
    handleDomNode: currentTarget,
    ...{ nodeId, handleId: port, isTarget: type === "target" },
    autoPanOnConnect: state.autoPanOnConnect,
    autoPanSpeed: state.autoPanSpeed,
    connectionMode: state.connectionMode,
    connectionRadius: state.connectionRadius,
    dragThreshold: state.connectionDragThreshold,
    domNode: state.domNode,
    nodeLookup: state.nodeLookup,
    lib: state.lib,
    flowId: state.rfId,
    panBy: state.panBy,
    cancelConnection: state.cancelConnection,
    updateConnection: state.updateConnection,
    ...(state.onConnectStart === undefined ? {} : { onConnectStart: state.onConnectStart }),
    onConnectEnd: (...ended) => getState().onConnectEnd?.(...ended),
    onConnect: (connection) => getState().onConnect?.(connection),
    isValidConnection: (connection) => getState().isValidConnection?.(connection) ?? true,
    getTransform: () => getState().transform,
    getFromHandle: () => getState().connection.fromHandle,
  });
};

/** A click on one port and then on another connects them, too. */
const clickConnection = (
  { getState, setState }: FlowStore,
  nodeId: string,
  port: string,
  type: HandleType,
  { nativeEvent }: React.MouseEvent,
): void => {
  const { connectionClickStartHandle: start, connectionMode, rfId, lib, nodeLookup, ...state } = getState();
  if (!start) {
    setState({ connectionClickStartHandle: { nodeId, type, id: port } });
    return;
  }
  const { connection, isValid } = XYHandle.isValid(nativeEvent, {
    handle: { nodeId, id: port, type },
    ...{ fromNodeId: start.nodeId, fromHandleId: start.id ?? null, fromType: start.type },
    isValidConnection: (wanted) => state.isValidConnection?.(wanted) ?? true,
    ...{ connectionMode, flowId: rfId, doc: document, lib, nodeLookup },
  });
  if (isValid && connection !== null) state.onConnect?.(connection);
  setState({ connectionClickStartHandle: null });
};

interface PortProps {
  readonly nodeId: string;
  readonly port: string;
  readonly type: HandleType;
  /** Of the width of the node. */
  readonly left?: string;
  readonly tooltip?: string | undefined;
  /** The ports of a collapsed group only show where its edges end. */
  readonly isConnectable?: boolean;
}

export const Port = memo(({ nodeId, port, type, left, tooltip, isConnectable = true }: PortProps) => {
  const store = useStoreApi();
  const position = type === "target" ? Position.Top : Position.Bottom;
  const begin = (event: React.MouseEvent | React.TouchEvent): void => beginConnection(store, nodeId, port, type, event);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keyboard connects with C on the node
    // biome-ignore lint/a11y/useKeyWithClickEvents: the same
    <div
      data-handleid={port}
      data-nodeid={nodeId}
      data-handlepos={position}
      data-id={elementId(store.getState().rfId, nodeId, port, type)}
      data-tooltip={tooltip}
      className={`react-flow__handle react-flow__handle-${position} nodrag nopan Port ${type} connectablestart connectableend${isConnectable ? " connectable connectionindicator" : ""}`}
      style={left === undefined ? undefined : { left }}
      onMouseDown={begin}
      onTouchStart={begin}
      onClick={(event) => clickConnection(store, nodeId, port, type, event)}
    />
  );
});
Port.displayName = "Port";

type Marks = ReadonlyMap<string, readonly string[]>;

/** The classes of the ports that the connection is about, by the ids of their elements. */
const marksOf = ({ rfId, connection, connectionClickStartHandle: clicked }: ReactFlowState): Marks => {
  const { fromHandle, toHandle, isValid } = connection;
  const marks = new Map<string, string[]>();
  const mark = (
    end: { readonly nodeId: string; readonly id?: string | null; readonly type: HandleType } | null,
    ...classes: readonly string[]
  ): void => {
    if (end === null) return;
    const id = elementId(rfId, end.nodeId, end.id ?? "", end.type);
    marks.set(id, [...(marks.get(id) ?? []), ...classes]);
  };
  mark(fromHandle, "connectingfrom");
  mark(toHandle, "connectingto", ...(isValid === true ? ["valid"] : []));
  mark(clicked, "clickconnecting");
  return marks;
};

/** Marks the ports that a connection comes from and would go to, and lets the pointer through to no others than those that it may go to. */
export const usePortMarks = (container: RefObject<HTMLElement | null>): void => {
  const store = useStoreApi();
  useLayoutEffect(() => {
    const marked = new Map<Element, readonly string[]>();
    const unmark = (): void => {
      for (const [element, classes] of marked) element.classList.remove(...classes);
      marked.clear();
    };
    const stop = store.subscribe((state, before) => {
      const { connection, connectionClickStartHandle: clicked } = state;
      if (connection === before.connection && clicked === before.connectionClickStartHandle) return;
      unmark();
      const { domNode } = state;
      for (const [id, classes] of marksOf(state)) {
        const element = domNode?.querySelector(`.Port[data-id="${CSS.escape(id)}"]`);
        if (!element) continue;
        element.classList.add(...classes);
        marked.set(element, classes);
      }
      const type = connection.fromHandle?.type;
      if (type === container.current?.dataset.connecting) return;
      if (type === undefined) delete container.current?.dataset.connecting;
      else container.current?.setAttribute("data-connecting", type);
    });
    return () => {
      stop();
      unmark();
    };
  }, [store, container]);
};
