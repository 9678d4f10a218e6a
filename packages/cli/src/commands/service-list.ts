import type { Command } from '../command.ts';
import { printListing } from '../output/listing.ts';
import { stateText } from '../output/state-text.ts';
import { table } from '../output/table.ts';
import { serviceView } from '../output/views.ts';

export const serviceList: Command = {
  examples: [
    ['firecamp list', 'all services of the cluster'],
    ['firecamp list --output json', 'the same for programs'],
  ],
  run: async (context) => {
    const listing = await context.ask((manager) => manager.services());
    const services = listing.items;
    const rows = services.map((service) => [
      service.name,
      service.recipe,
      String(service.members),
      stateText(service),
      service.operation ?? '-',
    ]);
    return printListing(context, listing, {
      views: services.map(serviceView),
      text: table(['SERVICE', 'RECIPE', 'MEMBERS', 'STATE', 'OPERATION'], rows),
      none: 'there is no service; make one with: firecamp create',
    });
  },
};
