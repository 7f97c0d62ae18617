import { type AddHelpTextContext, Option } from 'commander';
import {
  SETTINGS,
  type Setting,
  type SettingKey,
  environmentName,
  flagName,
  settingKeys,
} from '../config/settings.ts';

/** A flag for each setting, grouped as in the table of settings. */
export function settingOptions(keys: readonly SettingKey[]): Option[] {
  return keys.map((key) => {
    const { type, group }: Setting = SETTINGS[key];
    // A boolean flag without a value means true.
    const value = type.placeholder === 'true|false' ? '[true|false]' : `<${type.placeholder}>`;
    return new Option(`${flagName(key)} ${value}`, describe(key)).helpGroup(`${group}:`);
  });
}

/** The text of `posthaste --help` after the commands. */
export function environmentHelp({ command }: AddHelpTextContext): string {
  const help = command.createHelp();
  help.prepareContext({
    helpWidth: process.stdout.columns ?? 80,
    error: false,
    outputHasColors: false,
  });
  const width = Math.max(...settingKeys.map((key) => environmentName(key).length));
  const groups = Map.groupBy(settingKeys, (key) => SETTINGS[key].group);
  const table = [...groups].flatMap(([group, keys]) => [
    '',
    `${group}:`,
    ...keys.map((key) => help.formatItem(environmentName(key), width, describe(key), help)),
  ]);
  return `
Start here:
  $ posthaste dev

Settings come from flags, else from the environment, else from
posthaste.config.json. One name gives the other two: POSTHASTE_TIMEOUT_MS is
--timeout-ms, and {"timeoutMs": 15000} in the file.
${table.join('\n')}
`;
}

function describe(key: SettingKey): string {
  const { meaning, fallback }: Setting = SETTINGS[key];
  return fallback === null || fallback === '' ? meaning : `${meaning} (default: ${fallback})`;
}
