import type { FenceProof } from '../fence/fencer.ts';
import { count, type Decode, flag, object, oneOf, optional, orNull, text } from './codec.ts';
import type { Holder } from './node.ts';

export const decodeHolder: Decode<Holder> = object({
  node: orNull(text),
  token: text,
  writable: flag,
  boot: optional(text),
}) as Decode<Holder>;

export const decodeProof: Decode<FenceProof> = object({
  kind: oneOf(
    'detached',
    'stopped',
    'terminated',
    'blocklisted',
    'process-gone',
    'rebooted',
    'released',
    'lease-expired',
    'accepted-risk',
  ),
  holder: decodeHolder,
  boot: orNull(text),
  volume: orNull(text),
  generation: count,
  observed: text,
  by: text,
  sinceMs: count,
  expiresMs: optional(count),
}) as Decode<FenceProof>;
