import {
  type AddressFixture,
  addressCases,
  type Case,
  type CaseFixture,
  type DatabaseFixture,
  databaseCases,
  type FencerFixture,
  fencerCases,
  type MountsFixture,
  mountsCases,
  type NamesFixture,
  namesCases,
  type OrchestratorFixture,
  orchestratorCases,
  runtimeCases,
  type SecretFixture,
  secretCases,
  type VolumeFixture,
  type VolumeNodeSide,
  volumeCases,
  volumeNodeCases,
} from '@firecamp/core/conformance';
import {
  type Wrap,
  wrapAddresses,
  wrapAddressNode,
  wrapDatabase,
  wrapFencer,
  wrapMounts,
  wrapNames,
  wrapOrchestrator,
  wrapRuntime,
  wrapSecrets,
  wrapVolumeNode,
  wrapVolumes,
} from '@firecamp/core/layers';
import {
  memoryAddresses,
  memoryDatabase,
  memoryFencer,
  memoryNames,
  memoryOrchestrator,
  memoryVolumes,
} from '@firecamp/core/memory';
import { memoryDatabaseFixture } from '../support/memory-database.ts';
import { memoryFencerFixture } from '../support/memory-fencer.ts';
import { memoryMountsFixture } from '../support/memory-mounts.ts';
import { memoryOrchestratorFixture } from '../support/memory-orchestrator.ts';
import { memoryAddressFixture, memoryNamesFixture } from '../support/memory-registry.ts';
import { memorySecretFixture } from '../support/memory-secrets.ts';
import { memoryVolumeFixture } from '../support/memory-volumes.ts';

/** Puts a layer round a seam, whichever it is. */
export type Layer = <Seam>(wrap: Wrap<Seam>, inner: Seam) => Seam;

/** Hands over the suites of all seams on memory, with that layer round each adapter. */
export function eachSuite(
  layer: Layer,
  use: <Fixture extends CaseFixture>(
    seam: string,
    cases: readonly Case<Fixture>[],
    makeFixture: () => Promise<Fixture>,
  ) => void,
): void {
  use('a database', databaseCases(memoryDatabase.capabilities), () => database(layer));
  use('volumes', volumeCases(memoryVolumes.capabilities), () => volumes(layer));
  use('nodes of volumes', volumeNodeCases(memoryVolumes.capabilities), () => volumes(layer));
  use('mounts', mountsCases(), () => mounts(layer));
  use('names', namesCases(memoryNames.capabilities), () => names(layer));
  use('addresses', addressCases(memoryAddresses.capabilities), () => addresses(layer));
  use('an orchestrator', orchestratorCases(memoryOrchestrator.capabilities), () =>
    orchestrator(layer),
  );
  use('a runtime', runtimeCases(memoryOrchestrator.capabilities), () => orchestrator(layer));
  use('a fencer', fencerCases(memoryFencer.capabilities), () => fencer(layer));
  use('secrets', secretCases(), () => secrets(layer));
}

async function database(layer: Layer): Promise<DatabaseFixture> {
  const fixture = await memoryDatabaseFixture();
  return {
    ...fixture,
    database: layer(wrapDatabase, fixture.database),
    peer: layer(wrapDatabase, fixture.peer),
  };
}

async function volumes(layer: Layer): Promise<VolumeFixture> {
  const fixture = await memoryVolumeFixture();
  const { nodes, elsewhere } = fixture;
  const side = (inner: VolumeNodeSide): VolumeNodeSide => ({
    ...inner,
    volumes: layer(wrapVolumeNode, inner.volumes),
  });
  return {
    ...fixture,
    store: layer(wrapVolumes, fixture.store),
    nodes: [side(nodes[0]), side(nodes[1])],
    elsewhere: elsewhere === null ? null : side(elsewhere),
  };
}

async function mounts(layer: Layer): Promise<MountsFixture> {
  const fixture = await memoryMountsFixture();
  return {
    ...fixture,
    mounts: layer(wrapMounts, fixture.mounts),
    restarted: () => layer(wrapMounts, fixture.restarted()),
  };
}

async function names(layer: Layer): Promise<NamesFixture> {
  const fixture = await memoryNamesFixture();
  return {
    ...fixture,
    names: layer(wrapNames, fixture.names),
    peer: layer(wrapNames, fixture.peer),
  };
}

async function addresses(layer: Layer): Promise<AddressFixture> {
  const fixture = await memoryAddressFixture();
  const [first, second] = fixture.nodes;
  return {
    ...fixture,
    pool: layer(wrapAddresses, fixture.pool),
    nodes: [
      { ...first, addresses: layer(wrapAddressNode, first.addresses) },
      { ...second, addresses: layer(wrapAddressNode, second.addresses) },
    ],
  };
}

async function orchestrator(layer: Layer): Promise<OrchestratorFixture> {
  const fixture = await memoryOrchestratorFixture();
  const [first, second] = fixture.nodes;
  return {
    ...fixture,
    orchestrator: layer(wrapOrchestrator, fixture.orchestrator),
    nodes: [
      { ...first, runtime: layer(wrapRuntime, first.runtime) },
      { ...second, runtime: layer(wrapRuntime, second.runtime) },
    ],
  };
}

async function fencer(layer: Layer): Promise<FencerFixture> {
  const fixture = await memoryFencerFixture();
  return { ...fixture, fencer: layer(wrapFencer, fixture.fencer) };
}

async function secrets(layer: Layer): Promise<SecretFixture> {
  const fixture = await memorySecretFixture();
  return {
    ...fixture,
    secrets: layer(wrapSecrets, fixture.secrets),
    peer: layer(wrapSecrets, fixture.peer),
  };
}
