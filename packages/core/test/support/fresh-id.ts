let count = 0;

/** An id that no other test of this process has. */
export function freshId(): string {
  count += 1;
  return `case-${process.pid.toString(36)}-${count}`;
}
