/**
 * The organization of an installation that has only one. It is the default of the Svix server, so
 * tokens made for that server work here with the same secret.
 */
export const DEFAULT_ORGANIZATION = 'org_23rb8YdGqMT0qIzpgGwdXfHirMu';

/** Whether it is the organization of whoever runs the installation. All others are guests there. */
export function isOperator(organizationId: string): boolean {
  return organizationId === DEFAULT_ORGANIZATION;
}
