/**
 * A query for the number of rows and for one number of each column: the sum of the bytes of a text, or
 * of the remainders of an integer. A row that is missing, doubled, cut, or has another number changes the
 * sums. Both databases know the length of a long text without reading it.
 */
export function sumsQuery(
  from: string,
  columns: readonly { readonly name: string; readonly isText: boolean }[],
  backend: 'sqlite' | 'postgres',
): string {
  const asInteger = backend === 'sqlite' ? '' : '::int8';
  const sums = columns.map(({ name, isText }) => {
    const value = isText ? `octet_length("${name}")` : `"${name}" % ${MODULUS}`;
    return `coalesce(sum(${value}), 0)${asInteger}`;
  });
  const all = [`count(*)${asInteger}`, ...sums].map((sum, index) => `${sum} as sum_${index}`);
  return `select ${all.join(', ')} from ${from}`;
}

/** Small enough that sums of a billion rows stay exact; a prime, so that neighbouring values differ. */
const MODULUS = 1_000_003;
