/** Measured numbers in JSON, which has no infinities and no NaN: an infinity is written by its name, NaN is null. */
import { z } from "zod";

const infinity = z.enum(["Infinity", "-Infinity"]).transform(Number);

/** A number that may be anything; as a number where ports copied it. */
export const metricSchema = z.union([
  z.custom<number>((value) => typeof value === "number"),
  infinity,
  z.null().transform(() => Number.NaN),
]);

/** A value that `metricJson` wrote; NaN where it is no number. */
export const metricNumber = (value: unknown): number => metricSchema.catch(Number.NaN).parse(value);

export const metricJson = (record: unknown, indent?: number): string =>
  JSON.stringify(
    record,
    (_key, value: unknown) =>
      value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY ? String(value) : value,
    indent,
  );
