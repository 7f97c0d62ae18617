export const TRANSFORMATIONS = 'alter table posthaste.endpoint add column transformation text;';
