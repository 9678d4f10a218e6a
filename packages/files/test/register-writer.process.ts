import { FileRegister, Scratch } from '@firecamp/files';

/**
 * Counts under its name in a register that others count in too, and prints each number that stands.
 * A write that others built upon at once may be answered with false although it stood, so it looks
 * again and finds its own, as everybody has to who uses a register.
 */
const [folder = '', scratch = '', name = '', rounds = '0'] = process.argv.slice(2);
const register = new FileRegister(folder, new Scratch(scratch));

async function look() {
  const seen = await register.read();
  const counts: Readonly<Record<string, number>> = JSON.parse(seen?.text ?? '{}');
  return { seq: seen?.seq ?? 0, counts, own: counts[name] ?? 0 };
}

async function countTo(next: number): Promise<void> {
  for (;;) {
    const { seq, counts, own } = await look();
    if (own === next) return;
    if (own !== next - 1) throw new Error(`${next - 1} was written, and ${own} is there`);
    if (await register.write(seq, JSON.stringify({ ...counts, [name]: next }))) return;
  }
}

const { own } = await look();
for (let next = own + 1; next <= own + Number(rounds); next += 1) {
  await countTo(next);
  process.stdout.write(`${next}\n`);
}
