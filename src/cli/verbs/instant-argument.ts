import { InvalidArgumentError } from 'commander';
import { duration } from '../../config/setting-types.ts';

/** Converts `2h` (ago) or an instant in ISO 8601 to the API's form. */
export function instantArgument(text: string): string {
  const agoMs = duration(text);
  if (agoMs !== undefined) return new Date(Date.now() - agoMs).toISOString();
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at.toISOString();
  throw new InvalidArgumentError(
    'Expected how long ago, such as 2h or 3d, or an instant in ISO 8601.',
  );
}
