export { Backend } from './backend.ts';
export { directoryMounts } from './directory-mounts.ts';
export { dropHolder, type HeldVolume, heldVolumes } from './hold.ts';
export type { SharedDirectoriesOptions } from './options.ts';
export { sharedDirectories } from './shared-directories.ts';
export { SharedDirectoryNode } from './shared-directory-node.ts';
export { SharedDirectoryStore } from './shared-directory-store.ts';
export { type FolderUser, type UsersOptions, usersOf } from './users-of.ts';
