/** The names of a JSON Pointer (RFC 6901), from the root on. */
export function namesOf(pointer: string): string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
