import type { MemberVolume } from '../model/member.ts';
import { type Holdings, tokensHeld } from './holdings.ts';
import type { ProtocolRules } from './rules.ts';

/** The next thing to do to a member's volumes, which are taken as one set. */
export type VolumeStep =
  | { readonly kind: 'acquire'; readonly volumes: readonly string[] }
  | { readonly kind: 'record-tokens'; readonly tokens: Readonly<Record<string, string>> }
  /** Writes the intent: `new` to `formatting`. */
  | { readonly kind: 'intend-format'; readonly volume: string }
  | { readonly kind: 'format'; readonly volume: string; readonly fsUuid: string }
  | { readonly kind: 'mount'; readonly volume: string; readonly fsUuid: string }
  /** Only without the rule of intent: formats whatever does not look like a filesystem. */
  | { readonly kind: 'guess-format'; readonly volume: string; readonly fsUuid: string }
  | { readonly kind: 'ready' };

/**
 * Acquire all, record what they are held by, then format by intent and mount one after another.
 *
 * @param guessed - volumes whose content was looked at; read only without the rule of intent.
 */
export function decideVolumes(
  volumes: readonly MemberVolume[],
  holdings: Holdings,
  rules: ProtocolRules,
  guessed: ReadonlySet<string>,
): VolumeStep {
  const missing = volumes.filter(({ id }) => !holdings.acquired.has(id)).map(({ id }) => id);
  if (missing.length > 0) return { kind: 'acquire', volumes: missing };
  const tokens = tokensHeld(holdings);
  if (
    rules.holderTokenRecorded &&
    volumes.some(({ id, holderToken }) => holderToken !== tokens[id])
  ) {
    return { kind: 'record-tokens', tokens };
  }
  const next = volumes.find(({ id }) => !holdings.mounted.has(id));
  if (next === undefined) return { kind: 'ready' };
  const { id: volume, fsUuid } = next;
  if (!rules.formatOnlyByIntent) {
    return { kind: guessed.has(volume) ? 'mount' : 'guess-format', volume, fsUuid };
  }
  switch (next.format) {
    case 'new':
      return { kind: 'intend-format', volume };
    case 'formatting':
      return { kind: 'format', volume, fsUuid };
    case 'done':
      return { kind: 'mount', volume, fsUuid };
  }
}
