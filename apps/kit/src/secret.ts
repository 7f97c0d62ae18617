export const SECRET_FORM = 'whsec_ and base64 of 24 to 75 bytes';

/** Whether Posthaste signs with such a secret. */
export function isSecret(value: unknown): boolean {
  if (typeof value !== 'string' || !value.startsWith('whsec_')) return false;
  const encoded = value.slice('whsec_'.length);
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.toString('base64') === encoded && bytes.length >= 24 && bytes.length <= 75;
}
