export const TRANSFORMATIONS = 'alter table endpoint add column transformation text;';
