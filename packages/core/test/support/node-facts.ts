import type { NodeFacts } from '@firecamp/core';

/** What a node of a test registers about itself. */
export function nodeFacts(id: string, zone: string): NodeFacts {
  return {
    id,
    boot: `boot-of-${id}`,
    incarnation: `incarnation-of-${id}`,
    region: 'region-1',
    zone,
    machine: `machine-of-${id}`,
    orchestratorNode: `orchestrator-${id}`,
    addresses: ['192.0.2.1'],
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', id: `interface-of-${id}` }],
    storageClients: [],
    limits: { volumesMax: null, addressesMax: null },
  };
}
