/** The mark: the bell of a signal in a frame. */
export const Logo = ({ size = 20 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 20 20" fill="none" stroke="currentColor" aria-hidden="true">
    <rect x="1" y="1" width="18" height="18" rx="4.5" strokeWidth="1.5" />
    <path d="M4.5 14c3.2 0 3-8.5 5.5-8.5s2.300 8.500 5.500 8.500" strokeWidth="1.5" strokeLinecap="round" />
  </svg>
);
