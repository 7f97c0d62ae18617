/**
 * Moves the applications of operational webhooks, each of which had a hidden organization, into one
 * organization; their `uid` names the organization that they are about. The program provides the event types.
 */
export const ONE_OPERATIONAL_ORGANIZATION = `
  delete from event_type where organization_id like 'operational:%';
  update endpoint set organization_id = 'org_00000000000SvixManagement00'
    where organization_id like 'operational:%';
  update application
    set uid = substr(organization_id, 13), organization_id = 'org_00000000000SvixManagement00'
    where organization_id like 'operational:%';
`;
