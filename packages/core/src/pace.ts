/**
 * The longest pause between two tries, in ms: who asks again as often as ever keeps a quota empty
 * that many share, so that none gets through.
 */
export const PAUSE_MAX_MS: number = 60_000;

/** What has been waited for so long may be noticed by this part of it later. */
export const LATE_PART: number = 1 / 8;
