/** A setting of a process, as the process uses it. Made to be shown: it holds no secret. */
export interface SettingInForce {
  /** The name in the configuration file. */
  readonly name: string;
  /** What belongs together, such as `Delivery`. */
  readonly group: string;
  readonly meaning: string;
  /** As it was given; null: it is not set, or is a secret. User and password of URLs are left out. */
  readonly value: string | null;
  /** A secret that is set: its value is not shown. */
  readonly isHidden: boolean;
  /** Who has set it; `program`: the code that uses the library. */
  readonly source: SettingSource;
}

export type SettingSource = 'flag' | 'environment' | 'file' | 'program' | 'default';
