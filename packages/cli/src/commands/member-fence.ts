import type { Command } from '../command.ts';
import type { Input } from '../input.ts';
import { findMember, person } from '../service-options.ts';

export const memberFence: Command = {
  arguments: [{ form: '<member>', text: 'its name, such as pg-0' }],
  options: [
    { flags: '--reason <text>', text: 'why, for the record', fallback: '' },
    {
      flags: '--accept-risk <node>',
      text: 'take your word for a proof that this node is off; needs --generation, --reason',
    },
    { flags: '--generation <number>', text: 'the one that explain shows; no other is meant' },
  ],
  examples: [
    [
      'firecamp fence pg-0 --reason "its node hangs"',
      'lets another node take it, once proven safe',
    ],
  ],
  details:
    'The order holds for the present owner alone. Another node takes the member only when the old one provably cannot write any more. Where nothing can prove that, your word can stand for the proof: if it is wrong, two nodes write, and data is lost. explain prints the whole command.',
  run: async (context, input) => {
    const risk = riskOf(input);
    await using cluster = await context.cluster();
    const member = await findMember(cluster, input.text('member'));
    const by = person(context.io);
    const { manager } = cluster;
    const { name, generation } =
      risk === null
        ? await manager.order({ member, kind: 'fence', by, reason: input.text('reason') })
        : await manager.acceptRisk({ member, by, ...risk });
    const text =
      risk === null
        ? `ordered: generation ${generation} of ${name} is to be fenced`
        : `recorded: by the word of ${by}, ${risk.node} cannot write to ${name} any more`;
    context.print({ member: name, generation }, `${text}; see: firecamp explain ${name}`);
    return 0;
  },
};

/** What a person vouches for: all of it in their own words, nothing filled in. */
function riskOf(
  input: Input,
): { readonly node: string; readonly generation: number; readonly reason: string } | null {
  const node = input.optionalText('accept-risk');
  const generation = input.integer('generation', 0, Number.MAX_SAFE_INTEGER);
  if (node === null) {
    if (generation !== null) throw input.refusal('generation', 'belongs to --accept-risk');
    return null;
  }
  const reason = input.text('reason').trim();
  if (generation === null) {
    throw input.refusal('generation', 'is missing: the one that explain shows');
  }
  if (reason === '') throw input.refusal('reason', 'is missing: how you know that it is off');
  return { node, generation, reason };
}
