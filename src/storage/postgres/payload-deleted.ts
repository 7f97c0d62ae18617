/** SQL of `isExpunged`, of the message that has this alias. */
export function payloadDeleted(alias: string): string {
  return `(${alias}.payload_chars = 0 and ${alias}.content_type is null)`;
}
