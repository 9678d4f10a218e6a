import { countingPermit } from '@firecamp/core/conformance';
import { createLocalNames } from '@firecamp/dns-local';

/**
 * Changes one name again and again, under every second generation, and prints those that it was
 * told are done. What the name says is its generation.
 */
const [folder = '', zone = '', first = '1'] = process.argv.slice(2);
const names = createLocalNames({ folder, zone });
const name = `shared.${zone}`;
for (let generation = Number(first); ; generation += 2) {
  const records = [{ type: 'TXT', values: [String(generation)], ttlSeconds: 0 }] as const;
  const change = { name, records, owner: 'service-1', generation };
  const [result] = await names.change([change], { permit: countingPermit() });
  if (result?.outcome === 'done') process.stdout.write(`${generation}\n`);
}
