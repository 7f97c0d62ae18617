/** Reads all bytes of a source; null when there are more than `most`. */
export async function readAll(
  source: AsyncIterable<Uint8Array | string>,
  most: number,
): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of source) {
    bytes += part.length;
    if (bytes > most) return null;
    parts.push(Buffer.from(part as Uint8Array));
  }
  return Buffer.concat(parts);
}
