export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path
        d="M8 10.5A2.5 2.5 0 0 1 10.5 8h11a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1-2.5 2.5H15l-4.3 3.8c-.5.4-1.2.1-1.2-.5V20A2.5 2.5 0 0 1 8 17.5z"
        fill="var(--on-accent)"
      />
      <g fill="var(--accent)">
        <circle cx="12.5" cy="14" r="1.5" />
        <circle cx="16.5" cy="14" r="1.5" />
        <circle cx="20.5" cy="14" r="1.5" />
      </g>
    </svg>
  );
}
