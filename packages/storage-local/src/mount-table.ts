/** One line of a mountinfo file, as far as it says what is seen where. */
interface Mount {
  /** `major:minor` of the filesystem. */
  readonly device: string;
  /** The folder of the filesystem that is seen... */
  readonly root: string;
  /** ...at this path. */
  readonly point: string;
}

/** A folder, whatever the path by which it is seen. */
export interface Place {
  readonly device: string;
  /** Within its filesystem. */
  readonly path: string;
}

/** Whether the path is the folder, or beneath it. */
export function isBeneath(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** @returns null where no mount covers the path. */
export function placeOf(path: string, mountinfo: string): Place | null {
  let found: Mount | null = null;
  // Of mounts at one point the last one covers the others.
  for (const mount of parseMounts(mountinfo)) {
    const longer = found === null || mount.point.length >= found.point.length;
    if (longer && isBeneath(path, mount.point)) found = mount;
  }
  if (found === null) return null;
  return { device: found.device, path: joined(found.root, below(path, found.point)) };
}

/** By which paths the place, or a part of it, is seen where these mounts are. */
export function pathsOf(place: Place, mountinfo: string): readonly string[] {
  const paths = new Set<string>();
  for (const { device, root, point } of parseMounts(mountinfo)) {
    if (device !== place.device) continue;
    if (isBeneath(place.path, root)) paths.add(joined(point, below(place.path, root)));
    else if (isBeneath(root, place.path)) paths.add(point);
  }
  return [...paths];
}

function parseMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [, , device, root, point] = line.split(' ');
    if (device === undefined || root === undefined || point === undefined) return [];
    return [{ device, root: unescaped(root), point: unescaped(point) }];
  });
}

/** The kernel writes blank, tab, newline and backslash as three octal digits. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function below(path: string, folder: string): string {
  return folder === '/' ? path : path.slice(folder.length);
}

function joined(folder: string, rest: string): string {
  const path = folder === '/' ? rest : `${folder}${rest}`;
  return path === '' ? '/' : path;
}
