import type { AgentParts, CareParts } from '@firecamp/agent';
import type { Recipes } from '@firecamp/catalog';
import type * as core from '@firecamp/core';
import type { DatabaseFixture } from '@firecamp/core/conformance';
import type { GatewayTokens } from '@firecamp/gateway';

// What the code in guides and READMEs has besides what it imports or makes itself:
// `scripts/docs-code.ts` compiles each block of it with these.
declare global {
  const clock: core.Clock;
  const random: core.Random;
  const signal: AbortSignal;
  const events: core.EventSink;
  const show: (done: number, total: number) => void;
  const seed: number;

  const database: core.Database;
  const volumes: core.VolumeStore;
  const names: core.Names;
  const addresses: core.AddressPool;
  const orchestrator: core.Orchestrator;
  const fencers: readonly core.Fencer[];
  const secrets: core.SecretStore;
  const catalog: Recipes;
  const manager: core.Manager;

  const context: core.AdapterContext;
  const nodeContext: core.AdapterContext;
  /** What an adapter's method that changes a backend is given. */
  const options: core.EffectOptions;
  const client: { send(request: object, how: { timeoutMs: number; retries: 0 }): Promise<void> };
  const request: object;

  const tokens: GatewayTokens;
  const onFailure: (error: unknown) => void;

  const careParts: CareParts;
  const care: AgentParts['care'];
  const agentParts: Omit<AgentParts, 'care'>;

  class JsonDatabase implements core.Database {
    constructor(file: string, capabilities: core.DatabaseCapabilities);
    readonly capabilities: core.DatabaseCapabilities;
    readonly get: core.Database['get'];
    readonly list: core.Database['list'];
    readonly write: core.Database['write'];
    readonly watch: core.Database['watch'];
  }
  interface JsonOptions {
    readonly file: string;
  }
  const parse: (value: unknown) => JsonOptions;
  const capabilities: core.DatabaseCapabilities;
  const makeFixture: () => Promise<DatabaseFixture>;
  const jsonDatabase: core.AdapterDefinition<
    core.Database,
    never,
    JsonOptions,
    core.DatabaseCapabilities
  >;
}
