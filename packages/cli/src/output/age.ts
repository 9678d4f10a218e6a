const UNITS = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
  { ms: 1_000, name: 's' },
] as const;

/** How long ago, in one unit, for people; clocks that differ give no negative age. */
export function age(sinceMs: number, nowMs: number): string {
  const ms = Math.max(0, nowMs - sinceMs);
  const unit = UNITS.find((each) => ms >= each.ms) ?? UNITS[3];
  return `${Math.floor(ms / unit.ms)} ${unit.name}`;
}
