import { invalid } from '../../domain/errors.ts';
import { fieldError } from '../validation.ts';

interface GivenFlags {
  /** The name in older clients, which know only one flag. */
  readonly featureFlag?: string | null | undefined;
  readonly featureFlags?: readonly string[] | null | undefined;
}

/**
 * The flags that an input sets; undefined: the input has neither member, and the flags stay. Answers have both
 * members, so an input may have both when they agree. Throws `validation`.
 */
export function flagsOf(given: GivenFlags): readonly string[] | undefined {
  const { featureFlag, featureFlags } = given;
  if (featureFlag === undefined && featureFlags === undefined) return undefined;
  if (!featureFlags?.length) return featureFlag ? [featureFlag] : [];
  if (!featureFlag || featureFlags.includes(featureFlag)) return featureFlags;
  const msg = 'is the old name of featureFlags, which does not have this flag';
  throw invalid([fieldError(msg, 'body', 'featureFlag')]);
}
