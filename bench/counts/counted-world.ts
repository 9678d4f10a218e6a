import type { Database } from '@firecamp/core';
import { type Around, type Call, wrapDatabase } from '@firecamp/core/layers';
import type { Deployment, WorldKind } from '@firecamp/core/simulation';

type Port = Parameters<Deployment['manager']>[0];
type CallKind = Parameters<Port['call']>[0];

/** One request of a program, as it leaves: each page, each poll and each repeat is one of its own. */
export interface Request {
  /** On the simulation's own clock. */
  readonly atMs: number;
  /** For example `agent/n1`. */
  readonly process: string;
  /** For example `ebs.attach`; requests to the database name their collections. */
  readonly name: string;
  /** Whether it is asked of the program's own node: no backend hears of it. */
  readonly local: boolean;
  readonly changes: boolean;
}

/** The same world, in which nothing happens by chance, and every request is written down. */
export function countedWorld(kind: WorldKind, requests: Request[]): WorldKind {
  return {
    ...kind,
    engine: { ...kind.engine, twice: 0, copyUp: 0, lostUnmount: 0, lateUnmount: 0 },
    quotas: () => [],
    deploy: (surroundings) => {
      const { kernel } = surroundings;
      const note = (request: Omit<Request, 'atMs'>): void => {
        requests.push({ atMs: kernel.nowMs, ...request });
      };
      const deployment = kind.deploy(surroundings);
      return {
        ...deployment,
        agent: (port, node) => {
          const parts = deployment.agent(countedPort(port, note), node);
          return { ...parts, database: countedDatabase(parts.database, port.life.process, note) };
        },
        manager: (port) => {
          const parts = deployment.manager(countedPort(port, note));
          return { ...parts, database: countedDatabase(parts.database, port.life.process, note) };
        },
      };
    },
  };
}

type Note = (request: Omit<Request, 'atMs'>) => void;

function countedPort(port: Port, note: Note): Port {
  const { process } = port.life;
  const noteKind = ({ name, server, nature, changes }: CallKind): void => {
    // What is asked of the database is told by its collections, which only its seam knows.
    if (server !== 'database') note({ process, name, local: nature === 'local', changes });
  };
  const counted: Pick<Port, 'call' | 'change'> = {
    call: (kind, effect, choice) => {
      noteKind(kind);
      return port.call(kind, effect, choice);
    },
    change: (kind, effect, options) => {
      noteKind(kind);
      return port.change(kind, effect, options);
    },
  };
  return new Proxy(port, {
    get: (target, key) =>
      key === 'call' || key === 'change' ? counted[key] : Reflect.get(target, key),
  });
}

function countedDatabase(database: Database, process: string, note: Note): Database {
  const noteCall = ({ operation, subject, kind }: Call): void => {
    const method = operation.slice(operation.indexOf('.') + 1);
    const name = `database.${method} ${collectionsOf(subject)}`;
    note({ process, name, local: false, changes: kind !== 'reads' });
  };
  const around: Around = {
    promise: (call, next) => {
      noteCall(call);
      return next();
    },
    iterate: (call, next) => {
      noteCall(call);
      return next();
    },
  };
  return wrapDatabase(database, around);
}

function collectionsOf(subject: string): string {
  const collections = subject.split(' ').map((key) => key.split('/')[0] ?? '');
  return [...new Set(collections)].sort().join('+');
}
