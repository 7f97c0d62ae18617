/**
 * A query for the number of rows and for one number of each column: the sum of the bytes of a text, or
 * of the remainders of an integer. Rows that are missing, doubled, cut or changed in a number change the
 * sums. Both databases tell the length of a long text without reading it.
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

/** A prime, so that sums of a billion rows stay exact, and neighbours differ. */
const MODULUS = 1_000_003;
