import { systemClock } from '@firecamp/compose';
import type { Command } from '../command.ts';
import { age } from '../output/age.ts';
import { printListing } from '../output/listing.ts';
import { table } from '../output/table.ts';
import { operationView } from '../output/views.ts';

export const operationsList: Command = {
  examples: [['firecamp operations list', 'all changes that were asked for, the newest last']],
  run: async (context) => {
    const listing = await context.ask((manager) => manager.operations());
    const operations = listing.items;
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
    return printListing(context, listing, {
      views: operations.map(operationView),
      text: table(heads, rows),
      none: 'there is no operation',
    });
  },
};
