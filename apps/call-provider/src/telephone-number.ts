const AREAS = [11, 21, 31, 41, 51, 61, 71, 81];
const LINES = 10_000;

/**
 * A number such as `(11) 1111-1010`, always 14 characters. A few of the 80,000 call often and most
 * seldom, so that some calls are of returning customers, after a restart too.
 */
export function telephoneNumber(random: () => number): string {
  const rank = Math.floor(random() ** 4 * LINES * AREAS.length);
  const area = AREAS[Math.floor(rank / LINES)] ?? 11;
  // 7,919 is coprime to 10,000: each line occurs once per area, and neighbouring ranks look unrelated.
  const line = (rank * 7_919 + 1_010) % LINES;
  return `(${area}) 1111-${String(line).padStart(4, '0')}`;
}
