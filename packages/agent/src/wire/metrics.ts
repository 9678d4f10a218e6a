import type { AgentMember, AgentStatus } from '../parts.ts';

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const AGENT_STATES: readonly AgentStatus['state'][] = ['starting', 'beating', 'returning', 'ended'];

/** What the agent says of itself, as text for Prometheus (exposition format 0.0.4). */
export function metricsText(status: AgentStatus): string {
  const { node, boot, incarnation, members } = status;
  const ofNode = (value: number): readonly Sample[] => [{ labels: { node }, value }];
  const metrics: readonly Metric[] = [
    {
      name: 'firecamp_agent_info',
      help: 'This start of the agent; always 1.',
      type: 'gauge',
      samples: [{ labels: { node, boot, incarnation }, value: 1 }],
    },
    {
      name: 'firecamp_agent_state',
      help: 'Which state the agent is in: 1 for one of them, 0 for the others.',
      type: 'gauge',
      samples: AGENT_STATES.map((state) => ({
        labels: { node, state },
        value: state === status.state ? 1 : 0,
      })),
    },
    {
      name: 'firecamp_agent_beats_total',
      help: 'Beats of this incarnation that were acknowledged.',
      type: 'counter',
      samples: ofNode(status.seq),
    },
    {
      name: 'firecamp_agent_beat_age_seconds',
      help: 'Since the last acknowledged beat; absent before the first.',
      type: 'gauge',
      samples: status.beatAgeMs === null ? [] : ofNode(status.beatAgeMs / 1_000),
    },
    {
      name: 'firecamp_agent_beat_failing',
      help: 'Whether the last beat failed.',
      type: 'gauge',
      samples: ofNode(status.beatError === '' ? 0 : 1),
    },
    ...memberMetrics(members),
  ];
  return `${metrics.map(metricText).join('\n')}\n`;
}

function memberMetrics(members: readonly AgentMember[]): readonly Metric[] {
  const each = (value: (member: AgentMember) => number): readonly Sample[] =>
    members.map((member) => ({ labels: { member: member.name }, value: value(member) }));
  return [
    {
      name: 'firecamp_member_generation',
      help: 'Rises by one with each change of owner.',
      type: 'gauge',
      samples: each(({ generation }) => generation),
    },
    {
      name: 'firecamp_member_owned',
      help: 'Whether this agent owns the member.',
      type: 'gauge',
      samples: each(({ owned }) => Number(owned)),
    },
    {
      name: 'firecamp_member_ready',
      help: 'Whether the member serves.',
      type: 'gauge',
      samples: each(({ ready }) => Number(ready)),
    },
    {
      name: 'firecamp_member_info',
      help: 'Phase and role of the member; always 1.',
      type: 'gauge',
      samples: members.map(({ name, phase, role }) => ({
        labels: { member: name, phase, role },
        value: 1,
      })),
    },
  ];
}

function metricText({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => `${name}{${labelsText(labels)}} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n');
}

function labelsText(labels: Sample['labels']): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
