/** The mark and the name. */
export function Logo() {
  return (
    <span className="flex items-center gap-2.5">
      <svg viewBox="0 0 32 32" className="size-7" fill="none" strokeLinecap="round" strokeWidth="3.2" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="#1d4ed8" />
        <path d="M6 12.5h13.5a3.5 3.5 0 1 0-3.4-4.4" stroke="#fff" />
        <path d="M6 18h17.2a3.4 3.4 0 1 1-3.3 4.3" stroke="#93c5fd" />
        <path d="M6 23.5h8.5" stroke="#fff" strokeOpacity=".55" />
      </svg>
      <span className="text-[1.0625rem] font-semibold tracking-tight">Tradewind</span>
    </span>
  );
}
