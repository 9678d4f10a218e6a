import type { VolumeNode, VolumeStore } from '@firecamp/core';
import { sharedDirectories } from '@firecamp/storage-local';
import { contextOf } from './machine.ts';

/** The manager's half, as a configuration makes it. */
export function controlOf(root: string): VolumeStore {
  const { control, parse } = sharedDirectories;
  if (control === null) throw new TypeError('shared directories have a half for the manager');
  return control(parse({ root }), contextOf(null));
}

/** The half of a node, or of one of its boots. */
export function nodeOf(root: string, node: string, boot?: string): VolumeNode {
  const { node: half, parse } = sharedDirectories;
  if (half === null) throw new TypeError('shared directories have a half for nodes');
  const context = contextOf(node);
  return half(parse({ root }), boot === undefined ? context : { ...context, boot });
}
