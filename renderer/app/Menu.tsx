import { Check } from "lucide-react";
import { type ReactNode, type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { showShortcut } from "../commands/shortcut.ts";
import { Icon } from "./Icon.tsx";

export interface MenuItem {
  readonly id: string;
  readonly title: string;
  /** Right of the title, in grey: a folder, say. */
  readonly note?: string | undefined;
  readonly shortcut?: string | null;
  readonly disabled?: boolean;
  /** Present on items of which one is chosen. */
  readonly checked?: boolean;
  readonly onSelect: () => void;
}

export interface MenuSection {
  readonly heading?: string;
  readonly items: readonly MenuItem[];
}

const focusable = (menu: HTMLElement): HTMLElement[] => [...menu.querySelectorAll<HTMLElement>("[role^='menuitem']")];

const MenuRow = ({ item, onDone }: { item: MenuItem; onDone: () => void }) => (
  <button
    type="button"
    {...(item.checked === undefined ? { role: "menuitem" } : { role: "menuitemradio", "aria-checked": item.checked })}
    aria-disabled={item.disabled ?? false}
    tabIndex={-1}
    className="menu-item"
    onClick={() => {
      if (item.disabled) return;
      onDone();
      item.onSelect();
    }}
  >
    {item.checked !== undefined && (
      <span className="menu-item-check">{item.checked && <Icon of={Check} size={14} />}</span>
    )}
    <span className="menu-item-title" title={item.title}>
      {item.title}
    </span>
    {item.note !== undefined && <span className="menu-item-note">{item.note}</span>}
    {item.shortcut && <kbd className="kbd">{showShortcut(item.shortcut)}</kbd>}
  </button>
);

interface OpenMenuProps {
  readonly label: string;
  readonly id: string;
  readonly sections: readonly MenuSection[];
  readonly empty: string;
  readonly anchor: RefObject<HTMLButtonElement | null>;
  readonly onClose: () => void;
}

/** Arrow keys, Home, End and the first letter move; Escape and Tab close and give the focus back. */
const OpenMenu = ({ label, id, sections, empty, anchor, onClose }: OpenMenuProps) => {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = anchor.current?.getBoundingClientRect();
    const element = menu.current;
    if (!box || !element) return;
    // Near the lower edge of the window it moves up; a long one scrolls.
    element.style.top = `${Math.max(8, Math.min(box.bottom + 6, window.innerHeight - element.offsetHeight - 8))}px`;
    const width = element.offsetWidth;
    element.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - width - 8))}px`;
    focusable(element)[0]?.focus();
  }, [anchor]);

  useEffect(() => {
    const pressed = (event: PointerEvent) => {
      if (!(event.target instanceof Node)) return;
      if (!menu.current?.contains(event.target) && !anchor.current?.contains(event.target)) onClose();
    };
    document.addEventListener("pointerdown", pressed, true);
    return () => document.removeEventListener("pointerdown", pressed, true);
  }, [anchor, onClose]);

  const moveFocus = (event: React.KeyboardEvent) => {
    if (!menu.current) return;
    const items = focusable(menu.current);
    const at = document.activeElement instanceof HTMLElement ? items.indexOf(document.activeElement) : -1;
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: (at + 1) % items.length,
      ArrowUp: (at - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    };
    let next = targets[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      onClose();
      anchor.current?.focus();
      return;
    }
    if (next === undefined && event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== " ") {
      const starts = (item: HTMLElement) => item.textContent?.toLowerCase().startsWith(event.key.toLowerCase());
      const following = [...items.slice(at + 1), ...items.slice(0, at + 1)].find(starts);
      next = following ? items.indexOf(following) : undefined;
    }
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    items[next]?.focus();
  };

  const isEmpty = sections.every(({ items }) => items.length === 0);
  return (
    <div ref={menu} id={id} role="menu" aria-label={label} tabIndex={-1} className="menu" onKeyDown={moveFocus}>
      {isEmpty && <MenuRow item={{ id: "none", title: empty, disabled: true, onSelect: onClose }} onDone={onClose} />}
      {sections.map((section, index) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a menu, a group is
        <div key={section.heading ?? index} className="menu-group" role="group" aria-label={section.heading}>
          {index > 0 && <div className="menu-separator" />}
          {section.heading !== undefined && <div className="menu-heading">{section.heading}</div>}
          {section.items.map((item) => (
            <MenuRow
              key={item.id}
              item={item}
              onDone={() => {
                onClose();
                anchor.current?.focus();
              }}
            />
          ))}
        </div>
      ))}
    </div>
  );
};

interface MenuButtonProps {
  readonly label: string;
  readonly className: string;
  readonly tooltip?: string;
  readonly sections: () => readonly MenuSection[];
  /** What the menu says where it has no item. */
  readonly empty?: string;
  readonly children: ReactNode;
}

/** A button that opens a menu below itself. `sections` is asked at each opening. */
export const MenuButton = ({
  label,
  className,
  tooltip,
  sections,
  empty = "Nothing to choose from",
  children,
}: MenuButtonProps) => {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={label}
        data-tooltip={open ? undefined : tooltip}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
      </button>
      {open && (
        <OpenMenu {...{ id, label, empty }} sections={sections()} anchor={button} onClose={() => setOpen(false)} />
      )}
    </>
  );
};
