/** A setting of a process in a form for showing, without secrets. */
export interface SettingInForce {
  /** The name in the configuration file. */
  readonly name: string;
  /** The group of settings, such as `Delivery`. */
  readonly group: string;
  readonly meaning: string;
  /** The value as it was set; null: not set, or a secret. User and password of URLs are left out. */
  readonly value: string | null;
  /** Whether the setting is a secret that is set. */
  readonly isHidden: boolean;
  /** Where the value comes from; `program`: the code that uses the library. */
  readonly source: SettingSource;
}

export type SettingSource = 'flag' | 'environment' | 'file' | 'program' | 'default';
