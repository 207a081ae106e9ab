/** The host's clock in milliseconds. */
// @ts-ignore: decorator
@external("env", "now")
export declare function now(): f64;
