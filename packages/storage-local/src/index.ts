export { Backend } from './backend.ts';
export { directoryMounts } from './directory-mounts.ts';
export { dropHolder, type HeldVolume, heldVolumes } from './hold.ts';
export type { SharedDirectoriesOptions } from './options.ts';
export type { Boot } from './records.ts';
export { sharedDirectories } from './shared-directories.ts';
export { type FolderUser, type UsersOptions, usersOf } from './users-of.ts';
