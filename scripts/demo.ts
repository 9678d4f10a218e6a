import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Account } from './demo/account.ts';
import { type DemoRequest, parseDemoArguments, USAGE } from './demo/arguments.ts';
import { FireCamp } from './demo/firecamp.ts';
import { makeFolder } from './demo/make-folder.ts';
import { type Outcome, tellStory } from './demo/story.ts';
import { demoAsNobody } from './demo/unprivileged.ts';
import { brokenPromises } from './demo/verdict.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SECONDS_WITHOUT_MAX = 3;
/** As shells have it. */
const EXIT_INTERRUPTED = 130;

function printOutcome(account: Account, outcome: Outcome): void {
  const { acknowledged, audit, secondsWithout } = outcome;
  const moved = (before: string, after: string): string =>
    before === after ? `${after} (the same)` : `${before} -> ${after}`;
  account.table([
    ['member', outcome.member],
    ['node', moved(outcome.nodeBefore, outcome.nodeAfter)],
    ['address', moved(outcome.addressBefore, outcome.addressAfter)],
    [outcome.dnsName, moved(outcome.dnsBefore, outcome.dnsAfter)],
    ['standbys that stream', outcome.standbys.join(', ')],
    ['rows acknowledged', String(acknowledged)],
    ['rows found', `${audit.found}${audit.missing.length === 0 ? '' : ' - ROWS ARE MISSING'}`],
    ['seconds without service', secondsWithout.toFixed(2)],
  ]);
  if (secondsWithout > SECONDS_WITHOUT_MAX) {
    account.plain(
      `  That was more than ${SECONDS_WITHOUT_MAX} s without service: is the machine busy?`,
    );
  }
}

function printCommands(account: Account, folder: string): void {
  account.plain(
    [
      'The cluster goes on. Try:',
      '',
      `  cd ${folder}`,
      `  alias firecamp=${join(ROOT, 'firecamp')}`,
      '  firecamp status pg',
      '  firecamp nodes list',
      '  firecamp connect pg --reveal',
      '  firecamp nodes pause node-2     # and: resume, partition, heal, kill, start',
      '  firecamp explain pg-0',
      '  firecamp logs pg-0 --follow',
      '  firecamp delete pg --deletion wipe',
      '  firecamp down',
    ].join('\n'),
  );
}

async function run(request: DemoRequest, signal: AbortSignal): Promise<number> {
  const account = new Account((line) => console.log(line));
  const folder = await makeFolder(ROOT);
  const cluster = new FireCamp(folder, process.env);
  let keep = false;
  try {
    const told = cluster
      .run(['init', '--name', 'demo', '--nodes', '3'])
      .then(() => tellStory(cluster, account, request.byName));
    const outcome = await Promise.race([told, interruption(signal)]);
    printOutcome(account, outcome);
    keep = request.keep;
    const broken = brokenPromises(outcome, request.byName);
    for (const each of broken) account.plain(`demo: ${each}`);
    return broken.length === 0 ? 0 : 1;
  } catch (error) {
    account.plain(`demo: ${error instanceof Error ? error.message : String(error)}`);
    return signal.aborted ? EXIT_INTERRUPTED : 1;
  } finally {
    if (keep) printCommands(account, folder);
    else await remove(cluster, folder, account);
  }
}

async function remove(cluster: FireCamp, folder: string, account: Account): Promise<void> {
  await cluster.end();
  rmSync(folder, { recursive: true });
  account.tell('all of it is gone again');
}

/** Fires when somebody ends the demo; what it has started is then removed all the same. */
function endingSignal(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => ending.abort(new Error(`${signal}: removing what it has started`)));
  }
  return ending.signal;
}

async function interruption(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

async function main(): Promise<number> {
  const request = parseDemoArguments(process.argv.slice(2));
  if (request === null) {
    console.log(USAGE);
    return 0;
  }
  if (typeof request === 'string') {
    console.error(`demo: ${request}\n\n${USAGE}`);
    return 2;
  }
  // Before anything is made, so that nothing stays behind.
  const signal = endingSignal();
  if (!request.unprivileged) return await run(request, signal);
  if (process.getuid?.() !== 0) {
    console.error('demo: --unprivileged is for root: you have no rights to give up');
    return 2;
  }
  const exitCode = await demoAsNobody(ROOT, request.byName ? ['--by-name'] : [], signal);
  return exitCode ?? (signal.aborted ? EXIT_INTERRUPTED : 1);
}

// At once: a story that was interrupted would go on looking for what has been removed.
process.exit(await main());
