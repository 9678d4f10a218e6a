import { EMBEDDED_TIMING, type Timing } from '@firecamp/core';

/**
 * Loaded into managers and agents that are killed again and again: whoever follows waits for a
 * lease to run out each time, and the leases of this one are short.
 */
const SHORT: Partial<Timing> = { leaseMs: 2_400, requestMs: 600 };

Object.assign(EMBEDDED_TIMING, SHORT);
