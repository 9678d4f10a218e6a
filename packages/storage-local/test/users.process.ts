import { FireCampError } from '@firecamp/core';
import { ownProcess, provablyEnded } from '@firecamp/files';
import { usersOf } from '@firecamp/storage-local';

/** The machine has no process of that id. */
const NOBODY = 999_999_999;

/** Says what it can tell of others: who uses the folder, and whether one has ended. */
const users = await usersOf(process.argv[2] ?? '').catch((error: unknown) =>
  FireCampError.is(error) ? { code: error.code, message: error.message } : String(error),
);
const own = ownProcess();
const ended = provablyEnded({ ...own, pid: NOBODY }, own);
process.stdout.write(JSON.stringify({ users, ended }));
