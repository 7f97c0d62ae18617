/** `isExpunged` as SQL, for the message with this alias. */
export function payloadDeleted(alias: string): string {
  return `(${alias}.payload_chars = 0 and ${alias}.content_type is null)`;
}
