import type { Mounts } from '../volume/mounts.ts';
import type { VolumeNode } from '../volume/volume-node.ts';
import type { VolumeStore } from '../volume/volume-store.ts';
import { callerOf, type Wrap } from './call.ts';

const storeCall = callerOf('VolumeStore');
const nodeCall = callerOf('VolumeNode');
const mountsCall = callerOf('Mounts');

export const wrapVolumes: Wrap<VolumeStore> = (inner, around) => ({
  capabilities: inner.capabilities,
  create: (spec, options) =>
    around.promise(storeCall('repeats', 'create', spec.id, options), () =>
      inner.create(spec, options),
    ),
  get: (id, options) =>
    around.promise(storeCall('reads', 'get', id, options), () => inner.get(id, options)),
  list: (filter, options) =>
    around.iterate(storeCall('reads', 'list', '', options), () => inner.list(filter, options)),
  remove: (id, options) =>
    around.promise(storeCall('repeats', 'remove', id, options), () => inner.remove(id, options)),
  resize: (id, sizeBytes, options) =>
    around.promise(storeCall('repeats', 'resize', id, options), () =>
      inner.resize(id, sizeBytes, options),
    ),
  snapshot: (volume, spec, options) =>
    around.promise(storeCall('repeats', 'snapshot', spec.id, options), () =>
      inner.snapshot(volume, spec, options),
    ),
  restore: (snapshot, spec, options) =>
    around.promise(storeCall('repeats', 'restore', spec.id, options), () =>
      inner.restore(snapshot, spec, options),
    ),
  listSnapshots: (filter, options) =>
    around.iterate(storeCall('reads', 'listSnapshots', '', options), () =>
      inner.listSnapshots(filter, options),
    ),
  removeSnapshot: (id, options) =>
    around.promise(storeCall('repeats', 'removeSnapshot', id, options), () =>
      inner.removeSnapshot(id, options),
    ),
  holders: (id, options) =>
    around.promise(storeCall('reads', 'holders', id, options), () => inner.holders(id, options)),
});

export const wrapVolumeNode: Wrap<VolumeNode> = (inner, around) => ({
  capabilities: inner.capabilities,
  acquire: (volume, self, options) =>
    around.promise(nodeCall('repeats', 'acquire', volume.id, options), () =>
      inner.acquire(volume, self, options),
    ),
  release: (volume, options) =>
    around.promise(nodeCall('repeats', 'release', volume.id, options), () =>
      inner.release(volume, options),
    ),
  acquired: (options) =>
    around.iterate(nodeCall('reads', 'acquired', '', options), () => inner.acquired(options)),
  holders: (id, options) =>
    around.promise(nodeCall('reads', 'holders', id, options), () => inner.holders(id, options)),
  limits: (options) =>
    around.promise(nodeCall('reads', 'limits', '', options), () => inner.limits(options)),
});

export const wrapMounts: Wrap<Mounts> = (inner, around) => ({
  inspect: (acquired, options) =>
    around.promise(mountsCall('reads', 'inspect', acquired.volume, options), () =>
      inner.inspect(acquired, options),
    ),
  format: (acquired, fsUuid, options) =>
    around.promise(mountsCall('repeats', 'format', acquired.volume, options), () =>
      inner.format(acquired, fsUuid, options),
    ),
  mount: (acquired, fsUuid, options) =>
    around.promise(mountsCall('repeats', 'mount', acquired.volume, options), () =>
      inner.mount(acquired, fsUuid, options),
    ),
  unmount: (volume, options) =>
    around.promise(mountsCall('repeats', 'unmount', volume, options), () =>
      inner.unmount(volume, options),
    ),
  mounted: (options) =>
    around.iterate(mountsCall('reads', 'mounted', '', options), () => inner.mounted(options)),
});
