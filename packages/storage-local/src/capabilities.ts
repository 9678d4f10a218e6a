import type { VolumeStoreCapabilities } from '@firecamp/core';

const MIB = 2 ** 20;
const TIB = 2 ** 40;

/** What shared directories can do. Each late request finds its own version and life, or nothing. */
export const capabilities: VolumeStoreCapabilities = {
  movable: true,
  zoneBound: false,
  snapshots: true,
  resize: true,
  consistent: 'strong',
  observesOnly: false,
  volumeBytesMin: MIB,
  volumeBytesMax: 64 * TIB,
  late: {
    'volumes.create': 'conditional',
    'volumes.restore': 'conditional',
    'volumes.remove': 'conditional',
    'volumes.resize': 'conditional',
    'volumes.snapshot': 'conditional',
    'volumes.remove-snapshot': 'conditional',
    // Nobody mounts without a permit; whoever is the owner has the holder that it finds fenced.
    'volumes.acquire': 'harmless',
    'volumes.release': 'conditional',
    'volumes.drop-holder': 'conditional',
  },
};
