/** Names a member for life: the service's uid, never its name, and the ordinal. */
export interface MemberRef {
  readonly service: string;
  /** From 0 to 9999. */
  readonly ordinal: number;
}

/** The id of the member's record: `<service uid>/<ordinal>`. */
export function memberId(ref: MemberRef): string {
  return `${ref.service}/${ref.ordinal}`;
}

/** The reverse of {@link memberId}; null where the text is not such an id. */
export function parseMemberId(id: string): MemberRef | null {
  const match = /^([a-z0-9-]{1,36})\/(0|[1-9][0-9]{0,3})$/.exec(id);
  if (match === null) return null;
  return { service: match[1] ?? '', ordinal: Number(match[2]) };
}
