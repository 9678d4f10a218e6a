import { FireCampError } from '../error.ts';

/** The backend object that a test hands to the halves of a memory adapter. */
export function parseBackend<T>(
  options: unknown,
  kind: abstract new (...parameters: never[]) => T,
): T {
  if (typeof options === 'object' && options !== null && 'backend' in options) {
    if (options.backend instanceof kind) return options.backend;
  }
  throw new FireCampError('INVALID_ARGUMENT', `backend is not a ${kind.name}`, {
    operation: 'adapter.parse',
    subject: { key: 'backend' },
  });
}
