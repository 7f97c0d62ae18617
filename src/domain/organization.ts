/**
 * The organization of an installation that has only one. It is the default of the Svix server, so
 * tokens made for that server work here with the same secret.
 */
export const DEFAULT_ORGANIZATION = 'org_23rb8YdGqMT0qIzpgGwdXfHirMu';

/** Whether the organization is that of the installation's operator; all others are guests. */
export function isOperator(organizationId: string): boolean {
  return organizationId === DEFAULT_ORGANIZATION;
}
