import { resolve } from 'node:path';
import { type Configuration, readConfiguration } from '@firecamp/compose';
import { FireCampError, type Json } from '@firecamp/core';
import type { Questions } from '@firecamp/gateway';
import type { Cluster } from './cluster/cluster.ts';
import type { Io } from './io.ts';

/** The file that is read where no other is named. */
export const CONFIGURATION_FILE = 'firecamp.yaml';

/** What every command is given. */
export class Context {
  readonly io: Io;
  /** Whether data is printed as JSON for programs, rather than for people. */
  readonly json: boolean;
  /** The configuration file as messages name it. */
  readonly file: string;

  constructor(io: Io, options: { readonly json: boolean; readonly file: string | null }) {
    this.io = io;
    this.json = options.json;
    this.file = options.file ?? CONFIGURATION_FILE;
  }

  /** The configuration file, absolute. */
  get path(): string {
    return resolve(this.io.folder, this.file);
  }

  /** @throws `INVALID_ARGUMENT` - there is none, or it is wrong. */
  async configuration(): Promise<Configuration> {
    try {
      return await readConfiguration(this.path);
    } catch (error) {
      if (!FireCampError.is(error) || !error.message.endsWith('there is no such file')) throw error;
      throw noConfiguration(this.path, error);
    }
  }

  /** Opens the cluster: by its daemon where one answers, else by itself. */
  async cluster(): Promise<Cluster> {
    const { openCluster } = await import('./cluster/open-cluster.ts');
    return await openCluster(await this.configuration(), this.io);
  }

  /** Asks the cluster's manager; where none answers, a manager of our own finds it out. */
  async ask<T>(question: (manager: Questions) => Promise<T>): Promise<T> {
    const { askManager } = await import('./cluster/ask-manager.ts');
    const found = await askManager(await this.configuration(), question);
    if (found !== null) return found.answer;
    await using cluster = await this.cluster();
    return await question(cluster.manager);
  }

  /** Prints data: `value` to programs, `text` to people. */
  print(value: Json, text: string): void {
    this.io.out(this.json ? JSON.stringify(value) : text);
  }
}

function noConfiguration(path: string, cause: FireCampError): FireCampError {
  return new FireCampError(
    'INVALID_ARGUMENT',
    `${path}: there is no such file; make one with: firecamp init, or name one with: -C FILE`,
    { operation: cause.operation, subject: cause.subject, cause },
  );
}
