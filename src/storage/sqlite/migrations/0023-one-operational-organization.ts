/**
 * The applications of operational webhooks were each of a hidden organization of their own. Now they are of
 * one organization, and their `uid` says whom they are about. The program provides its event types.
 */
export const ONE_OPERATIONAL_ORGANIZATION = `
  delete from event_type where organization_id like 'operational:%';
  update endpoint set organization_id = 'org_00000000000SvixManagement00'
    where organization_id like 'operational:%';
  update application
    set uid = substr(organization_id, 13), organization_id = 'org_00000000000SvixManagement00'
    where organization_id like 'operational:%';
`;
