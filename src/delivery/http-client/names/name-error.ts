/** Why a name has no addresses. `code` is a code of c-ares, such as ENOTFOUND or ESERVFAIL. */
export class NameError extends Error {
  override readonly name = 'NameError';
  readonly code: string;

  constructor(hostname: string, code: string) {
    super(`${hostname}: ${MEANINGS.get(code) ?? 'the name servers could not be asked'} (${code})`);
    this.code = code;
  }
}

const MEANINGS = new Map([
  ['ENOTFOUND', 'the name has no address'],
  ['ESERVFAIL', 'the name servers failed to look it up'],
  ['EREFUSED', 'the name servers refused to look it up'],
  ['ETIMEOUT', 'the name servers did not answer'],
  ['ECONNREFUSED', 'the name servers could not be reached'],
]);
