/** What axe finds on a page against WCAG 2.1 A and AA. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

interface Scope {
  /** Selector of what a state adds to a page that was looked at whole; by default the whole page. */
  readonly within?: string | undefined;
  /** By default those of both levels; "all" are axe's own recommendations as well. */
  readonly rules?: readonly string[] | "all";
}

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];

/** One line for each element that breaks a rule. */
export const findingsOf = async (page: Page, { within, rules }: Scope = {}): Promise<string[]> => {
  // Axe is large and stays in the page: no source where it is already.
  const isLoaded = await page.evaluate(() => "axe" in window);
  // Legacy mode: Electron cannot open the blank page that axe would otherwise use for frames, and the page has none.
  const axe = new AxeBuilder({ page, ...(isLoaded ? { axeSource: ";" } : {}) }).setLegacyMode(true);
  // What holds is not listed, which takes longer than to find it.
  axe.options({ reporter: "no-passes" });
  if (rules === undefined) axe.withTags(TAGS);
  else if (rules !== "all") axe.withRules([...rules]);
  if (within !== undefined) {
    if ((await page.locator(within).count()) === 0) throw new Error(`There is no ${within} on the page.`);
    axe.include(within);
  }
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}`));
};

/** Colours halfway between two themes are no one's: what is on its way to another arrives at once. */
export const arrive = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const transitions = () => document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    // One that arrives may start others, of what inherits from it.
    for (let under = transitions(); under.length > 0; under = transitions()) for (const each of under) each.finish();
  });

/** The page in light or dark. */
export const showTheme = async (page: Page, colorScheme: "light" | "dark"): Promise<void> => {
  await page.emulateMedia({ colorScheme });
  await arrive(page);
};
