import type { Principal } from '../principal.ts';
import type { SettingsOut } from './settings-schemas.ts';

/** What the organization has chosen for itself. Not for portals. */
export interface SettingsOperations {
  get(principal: Principal): Promise<SettingsOut>;
  /** SettingsPatch. Other processes heed it within a second. */
  patch(principal: Principal, input: unknown): Promise<SettingsOut>;
}
