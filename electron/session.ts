/** Which windows were open, so that they can be opened again: each with its place, the file of its document, and that of the trained net which was chosen for it. */
import path from "node:path";
import { z } from "zod";
import { createJsonFile } from "./jsonFile.ts";

const sessionSchema = z.array(
  z.strictObject({
    id: z.uuid(),
    bounds: z.string().nullable(),
    file: z.string().nullable(),
    /** Absent in what older versions wrote. */
    net: z.string().nullable().default(null),
  }),
);

export type SessionWindow = z.infer<typeof sessionSchema>[number];

export interface Session {
  read(): Promise<readonly SessionWindow[]>;
  /** Adds a window or changes what is known of it. */
  change(id: string, changes: Partial<Omit<SessionWindow, "id">>): Promise<void>;
  /** Forgets all windows but these. */
  keepOnly(ids: readonly string[]): Promise<void>;
  settled(): Promise<void>;
}

export const createSession = (userDataFolder: string): Session => {
  const windows = createJsonFile(path.join(userDataFolder, "windows.json"), sessionSchema, []);
  return {
    read: () => windows.read(),
    change: (id, changes) =>
      windows.update((known) => {
        const old = known.find((window) => window.id === id) ?? { id, bounds: null, file: null, net: null };
        return [...known.filter((window) => window.id !== id), { ...old, ...changes }];
      }),
    keepOnly: (ids) => windows.update((known) => known.filter(({ id }) => ids.includes(id))),
    settled: () => windows.settled(),
  };
};
