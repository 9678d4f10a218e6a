import { statfs } from 'node:fs/promises';

/** Filesystems that several machines may have open at once, by their number in statfs(2). */
const NETWORK_FILESYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x564c, 'NCP'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'CephFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x01021997, '9P'],
  [0x65735546, 'FUSE, of which nobody can tell what is beneath'],
]);

/** @returns the name of the filesystem where it is not surely of this machine alone. */
export function networkFilesystem(type: number): string | null {
  // Kernels with 32 bits give the larger ones as negative numbers.
  return NETWORK_FILESYSTEMS.get(type >>> 0) ?? null;
}

/** As {@link networkFilesystem}, of the one that the path is on. */
export async function networkFilesystemOf(path: string): Promise<string | null> {
  return networkFilesystem((await statfs(path)).type);
}
