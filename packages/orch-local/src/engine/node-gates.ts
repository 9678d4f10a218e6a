import { join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { makePrivateFolder } from '@firecamp/wire';
import { type Gate, type GateSpec, openGate } from '../gate/gate.ts';
import { type GateTarget, type LocalOptions, nodeSockets } from '../options.ts';

/** Stands in a list of cuts for the engine's own line to the node. */
export const ENGINE_CUT = 'engine';

/** A node's ways out, and where it finds them. */
export interface NodeGates extends AsyncDisposable {
  /** By `gate.<name>`: a socket's path, or `host:port`. */
  readonly places: Readonly<Record<string, string>>;
  /** Cuts exactly these. */
  cut(names: readonly string[]): void;
}

/** @param index - the node's number, from 0. */
export async function openNodeGates(
  options: LocalOptions,
  node: string,
  index: number,
): Promise<NodeGates> {
  const opened: { readonly name: string; readonly gate: Gate }[] = [];
  const close = async (): Promise<void> => {
    for (const { gate } of opened) await gate[Symbol.asyncDispose]();
  };
  const places: Record<string, string> = {};
  await makePrivateFolder(nodeSockets(options, node).folder);
  try {
    for (const [name, target] of Object.entries(options.gates)) {
      const { specs, place } = specsOf(options, { node, index, name, target });
      places[`gate.${name}`] = place;
      for (const spec of specs) opened.push({ name, gate: await open(spec, `${node}: ${name}`) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    places,
    cut: (names) => {
      for (const { name, gate } of opened) gate.cut(names.includes(name));
    },
    [Symbol.asyncDispose]: close,
  };
}

/** @throws `FAILED_PRECONDITION` - for example another cluster listens there. */
async function open(spec: GateSpec, what: string): Promise<Gate> {
  try {
    return await openGate(spec);
  } catch (error) {
    throw unopened(what, error);
  }
}

function unopened(what: string, cause: unknown): FireCampError {
  if (FireCampError.is(cause)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FireCampError('FAILED_PRECONDITION', `gate of ${what}: ${why}`, {
    operation: 'engine.gates',
    cause,
  });
}

interface GatePlace {
  readonly node: string;
  readonly index: number;
  readonly name: string;
  readonly target: GateTarget;
}

function specsOf(
  options: LocalOptions,
  { node, index, name, target }: GatePlace,
): { readonly specs: readonly GateSpec[]; readonly place: string } {
  if ('socket' in target) {
    const path = join(nodeSockets(options, node).folder, `${name}.sock`);
    return { specs: [{ kind: 'socket', path, target: target.socket }], place: path };
  }
  // An address of its own for each node, so that a server sees who asks, and the port stays.
  const listen = { host: `127.${options.gateNetwork + index}.0.1`, port: target.port };
  return {
    specs: [
      { kind: 'udp', listen, target },
      { kind: 'tcp', listen, target },
    ],
    place: `${listen.host}:${listen.port}`,
  };
}
