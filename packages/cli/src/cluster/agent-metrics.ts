import type { AgentStatus } from '@firecamp/agent';

/** What an agent says of itself, in the text form of Prometheus. */
export function agentMetrics(status: AgentStatus): string {
  const { node, boot, incarnation, state, seq, beatAgeMs, members } = status;
  const own = members.filter(({ owned }) => owned);
  const metrics: readonly (readonly [name: string, help: string, lines: readonly string[]])[] = [
    [
      'firecamp_agent_info',
      'The agent: always 1.',
      [`${labels({ node, boot, incarnation, state })} 1`],
    ],
    ['firecamp_agent_beat_seq', 'The last acknowledged beat of this start.', [` ${seq}`]],
    [
      'firecamp_agent_beat_age_seconds',
      'Since the last acknowledged beat.',
      beatAgeMs === null ? [] : [` ${beatAgeMs / 1000}`],
    ],
    ['firecamp_agent_members', 'Members that the agent owns.', [` ${own.length}`]],
    [
      'firecamp_member_generation',
      'How often the member has changed its owner.',
      members.map((each) => `${labels({ member: each.name })} ${each.generation}`),
    ],
    [
      'firecamp_member_ready',
      'Whether the member serves.',
      own.map((each) => `${labels({ member: each.name, role: each.role })} ${each.ready ? 1 : 0}`),
    ],
  ];
  const text = metrics.flatMap(([name, help, lines]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...lines.map((line) => `${name}${line}`),
  ]);
  return `${text.join('\n')}\n`;
}

function labels(values: Readonly<Record<string, string>>): string {
  const quoted = Object.entries(values).map(([key, value]) => `${key}="${escaped(value)}"`);
  return `{${quoted.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
