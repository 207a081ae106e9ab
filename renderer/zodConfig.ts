/** Imported before anything else: zod compiles its parsers with `new Function` otherwise, which the page's security policy forbids. */
import { z } from "zod";

z.config({ jitless: true });
