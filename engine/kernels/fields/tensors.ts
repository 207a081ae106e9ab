/** Where a tensor lies, as most kernels are told: its first value, and how far apart samples, rows and pixels are. */

export const x = { x: "pointer", xN: "pointer", xH: "pointer", xW: "pointer" } as const;

export const y = { y: "pointer", yN: "pointer", yH: "pointer", yW: "pointer" } as const;

export const dx = { dx: "pointer", dxN: "pointer", dxH: "pointer", dxW: "pointer" } as const;
