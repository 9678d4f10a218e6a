import {
  type AdapterDefinition,
  defineAdapter,
  type Instrumented,
  SecretStore,
} from '@firecamp/core';
import { guardSecrets } from '@firecamp/core/layers';
import { FaultWire, wireInstruments } from '@firecamp/files/faults';
import { type PrivateFolderOptions, parseOptions } from './options.ts';
import { PrivateFolder } from './private-folder.ts';
import { readOnly } from './read-only.ts';

export type { PrivateFolderOptions } from './options.ts';

/** Secrets in a folder that only its owner can read, for a cluster on one machine. */
export const privateFolder: AdapterDefinition<
  SecretStore,
  SecretStore,
  PrivateFolderOptions,
  Readonly<Record<never, never>>
> = defineAdapter({
  name: 'private-folder',
  provides: { control: SecretStore, node: SecretStore },
  capabilities: {},
  parse: parseOptions,
  control: ({ root }) => guardSecrets(new PrivateFolder(root)),
  node: ({ root }) => readOnly(guardSecrets(new PrivateFolder(root))),
  instrumented,
});

/** A list is one look at the folder, so that none has a second page that could fail. */
function instrumented({ root }: PrivateFolderOptions): Instrumented<SecretStore, SecretStore> {
  const wire = new FaultWire();
  const { failPage2: _, ...instruments } = wireInstruments(wire);
  const control = (): SecretStore => guardSecrets(new PrivateFolder(root, wire));
  return { control, node: () => readOnly(control()), instruments };
}
