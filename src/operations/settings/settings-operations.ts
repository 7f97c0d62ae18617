import type { Principal } from '../principal.ts';
import type { SettingsOut } from './settings-schemas.ts';

/** The settings of the organization. Not for portals. */
export interface SettingsOperations {
  get(principal: Principal): Promise<SettingsOut>;
  /** SettingsPatch. Takes effect in other processes within a second. */
  patch(principal: Principal, input: unknown): Promise<SettingsOut>;
}
