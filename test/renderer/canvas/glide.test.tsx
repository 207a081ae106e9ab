import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { LayerscopeDocument } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import type { Positions } from "../../../renderer/canvas/flowElements.ts";
import { useGlide } from "../../../renderer/canvas/glide.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { setMotion } from "../../../renderer/theme/motion.ts";
import { createFakeShell } from "../fakeShell.ts";

beforeEach(async () => {
  setShell(createFakeShell());
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(() => {
  setMotion("system");
  cleanup();
});

/** How far from where it was fc1 is shown after an edit moved it by 100 px; null: where the document has it. */
const shownAfterMove = (): number | null => {
  const { document } = documentStore.getState();
  const shown: { current: Positions } = { current: {} };
  const setPreview = (positions: Positions): void => {
    shown.current = positions;
  };
  const view = renderHook(
    ({ open }: { open: LayerscopeDocument }) =>
      useGlide(
        open,
        1,
        shown,
        setPreview,
        () => false,
        () => undefined,
      ),
    { initialProps: { open: document } },
  );
  const nodes = document.nodes.map((node) =>
    node.id === "fc1" ? { ...node, position: { ...node.position, x: node.position.x + 100 } } : node,
  );
  view.rerender({ open: { ...document, nodes } });
  view.unmount();
  const from = document.nodes.find(({ id }) => id === "fc1")?.position.x ?? 0;
  return shown.current.fc1 === undefined ? null : shown.current.fc1.x - from;
};

it("begins where the node was, and with less motion, by the preferences, shows it at once where it is", () => {
  expect(shownAfterMove()).toBe(0);
  setMotion("reduced");
  expect(shownAfterMove()).toBeNull();
});
