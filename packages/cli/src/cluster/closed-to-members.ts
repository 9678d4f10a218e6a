import { closedFolder } from '@firecamp/files';
import type { Io } from '../io.ts';

/** Why members would not get to their volumes, and what opens the way. */
export interface Closed {
  /** What is said of the state folder. */
  readonly why: string;
  /** A command for people. */
  readonly remedy: string;
}

/** Root's members run as another user, who must get to them. @returns null where that user does. */
export async function closedToMembers(stateFolder: string, { uid }: Io): Promise<Closed | null> {
  const closed = uid === 0 ? await closedFolder(stateFolder) : null;
  if (closed === null) return null;
  return {
    why: `is beneath ${closed}, which only root may pass, while members of root's run as nobody`,
    remedy: `chmod o+x ${closed}`,
  };
}
