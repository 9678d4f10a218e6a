import type { Command } from '../command.ts';
import { stateText } from '../output/state-text.ts';
import { table } from '../output/table.ts';
import { serviceView } from '../output/views.ts';

export const serviceList: Command = {
  examples: [
    ['firecamp list', 'all services of the cluster'],
    ['firecamp list --output json', 'the same for programs'],
  ],
  run: async (context) => {
    const services = await context.ask((manager) => manager.services());
    const rows = services.map((service) => [
      service.name,
      service.recipe,
      String(service.members),
      stateText(service),
      service.operation ?? '-',
    ]);
    const text =
      rows.length === 0
        ? 'there is no service; make one with: firecamp create'
        : table(['SERVICE', 'RECIPE', 'MEMBERS', 'STATE', 'OPERATION'], rows);
    context.print(services.map(serviceView), text);
    return 0;
  },
};
