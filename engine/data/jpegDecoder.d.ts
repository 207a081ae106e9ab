/** The decoder of jpeg-js without its encoder; the package's own types know only both together. */
declare module "jpeg-js/lib/decoder.js" {
  const decode: (
    bytes: Uint8Array,
    options: {
      readonly useTArray: true;
      readonly formatAsRGBA: false;
      readonly colorTransform: boolean;
      /** Whether what is missing is left grey; false: it throws. */
      readonly tolerantDecoding: boolean;
      readonly maxResolutionInMP: number;
      readonly maxMemoryUsageInMB: number;
    },
  ) => { readonly width: number; readonly height: number; readonly data: Uint8Array };
  export = decode;
}
