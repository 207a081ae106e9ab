/** Arguments that say where the values of an image lie. */
import { type Layout, runOf } from "./layout.ts";
import { at, type Buffer, type Place } from "./step.ts";

type ViewArguments<Prefix extends string> = Record<Prefix, Place> & Record<`${Prefix}${"N" | "H" | "W"}`, number>;

/** `x`, `xN`, `xH`, `xW`: base, and bytes between samples, rows and pixels. */
export const viewArguments = <Prefix extends string>(
  prefix: Prefix,
  buffer: Buffer,
  layout: Layout,
): ViewArguments<Prefix> =>
  ({
    [prefix]: at(buffer, layout.originBytes),
    [`${prefix}N`]: layout.sampleBytes,
    [`${prefix}H`]: layout.rowBytes,
    [`${prefix}W`]: layout.pixelBytes,
  }) as ViewArguments<Prefix>;

/** Height and width for kernels that walk both views alike: one long row where neither has gaps. */
export const runArguments = (a: Layout, b: Layout): { readonly height: number; readonly width: number } => {
  const first = runOf(a);
  const second = runOf(b);
  return first.height === second.height ? first : { height: a.height, width: a.width };
};
