import { FileRegister, Scratch } from '@firecamp/files';

/** Adds 1 to the register again and again, and prints each sum that it was told is written. */
const [folder = '', scratch = '', rounds = '0'] = process.argv.slice(2);
const register = new FileRegister(folder, new Scratch(scratch));
for (let round = 0; round < Number(rounds); ) {
  const seen = await register.read();
  const sum = Number(seen?.text ?? '0') + 1;
  if (!(await register.write(seen?.seq ?? 0, String(sum)))) continue;
  process.stdout.write(`${sum}\n`);
  round += 1;
}
