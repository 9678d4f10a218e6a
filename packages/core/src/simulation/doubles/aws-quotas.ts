import type { BucketRule } from '../network/buckets.ts';
import type { CallKind } from '../network/fault.ts';

const EC2: ReadonlySet<string> = new Set(['ebs', 'volumes', 'addresses', 'fencer']);

function reads(servers: ReadonlySet<string>): (kind: CallKind) => boolean {
  return ({ server, nature }) => nature === 'read' && servers.has(server);
}

function changes(servers: ReadonlySet<string>): (kind: CallKind) => boolean {
  return ({ server, nature }) => nature === 'write' && servers.has(server);
}

/**
 * What an account may ask of each service in a region, as its documents say.
 *
 * @param share - the part that is left of it in the long run beside what else the account does,
 *   above 0 to 1.
 */
export function awsQuotas(share: number): readonly BucketRule[] {
  const ecs = new Set(['orchestrator']);
  const rules: readonly BucketRule[] = [
    { holds: reads(EC2), burst: 100, perSecond: 20 },
    { holds: changes(EC2), burst: 50, perSecond: 5 },
    { holds: ({ server }) => server === 'route53', burst: 5, perSecond: 5 },
    { holds: reads(ecs), burst: 100, perSecond: 20 },
    { holds: changes(ecs), burst: 50, perSecond: 5 },
  ];
  return rules.map((rule) => ({ ...rule, perSecond: rule.perSecond * share }));
}
