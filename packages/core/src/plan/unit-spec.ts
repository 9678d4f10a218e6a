import type { Json } from '../json.ts';
import { memberName } from '../model/name-rules.ts';
import type { ServiceRecord } from '../model/service.ts';
import type { UnitSpec } from '../orchestrator/orchestrator.ts';
import { digestOf } from './digest.ts';
import type { WantedMember } from './wanted.ts';

/** The unit that runs a member: a pure function of what is wanted and where. */
export function unitSpec(
  service: ServiceRecord,
  wanted: WantedMember,
  zone: string | null,
): UnitSpec {
  const { ordinal, program, ports, memoryBytesMax, cpuMillisMax } = wanted;
  const unit = {
    member: { service: service.uid, ordinal },
    cluster: service.cluster,
    name: memberName(service.name, ordinal),
    program,
    volumes: wanted.volumes.map(({ role }) => ({
      role,
      name: `fc-${service.cluster}-${service.uid}-${ordinal}-${role}`,
    })),
    ports,
    zone,
    node: null,
    memoryBytesMax,
    cpuMillisMax,
  };
  return { ...unit, digest: digestOf(unit as unknown as Json), running: true };
}
