import { systemClock } from '@firecamp/compose';
import type { Command } from '../command.ts';
import { age } from '../output/age.ts';
import { table } from '../output/table.ts';
import { operationView } from '../output/views.ts';

export const operationsList: Command = {
  examples: [['firecamp operations list', 'all changes that were asked for, the newest last']],
  run: async (context) => {
    const operations = await context.ask((manager) => manager.operations());
    const nowMs = systemClock.wallNowMs();
    const rows = operations.map(
      ({ id, kind, serviceName, state, stepsDone, stepsTotal, createdMs, who }) => [
        id,
        kind,
        serviceName,
        state,
        `${stepsDone}/${stepsTotal}`,
        age(createdMs, nowMs),
        who,
      ],
    );
    const heads = ['OPERATION', 'KIND', 'SERVICE', 'STATE', 'STEPS', 'AGE', 'WHO'];
    const text = rows.length === 0 ? 'there is no operation' : table(heads, rows);
    context.print(operations.map(operationView), text);
    return 0;
  },
};
