import type { Contracts } from './contract.ts';

export const SETTINGS_CONTRACTS: Contracts = {
  'GET /settings': {
    id: 'v1.settings.get',
    summary: 'Get the settings of the organization',
    answers: { 200: 'SettingsOut' },
  },
  'PATCH /settings': {
    id: 'v1.settings.patch',
    summary: 'Change settings of the organization',
    body: 'SettingsPatch',
    answers: { 200: 'SettingsOut' },
  },
};
