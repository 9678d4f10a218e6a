import type { Fencer } from '../fence/fencer.ts';
import { callerOf, type Wrap } from './call.ts';

const call = callerOf('Fencer');

export const wrapFencer: Wrap<Fencer> = (inner, around) => ({
  capabilities: inner.capabilities,
  fence: (target, options) =>
    around.promise(call('repeats', 'fence', target.node.id, options), () =>
      inner.fence(target, options),
    ),
  lift: (proof, options) =>
    around.promise(call('repeats', 'lift', proof.holder.node ?? '', options), () =>
      inner.lift(proof, options),
    ),
  list: (options) => around.iterate(call('reads', 'list', '', options), () => inner.list(options)),
});
