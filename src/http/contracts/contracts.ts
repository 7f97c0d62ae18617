import { ACCESS_CONTRACTS } from './access-contracts.ts';
import { APPLICATION_CONTRACTS } from './application-contracts.ts';
import { ATTEMPT_CONTRACTS } from './attempt-contracts.ts';
import { CONFIGURATION_CONTRACTS } from './configuration-contracts.ts';
import type { Contracts } from './contract.ts';
import { ENDPOINT_CONTRACTS } from './endpoint-contracts.ts';
import { EVENT_TYPE_CONTRACTS } from './event-type-contracts.ts';
import { LISTENER_CONTRACTS } from './listener-contracts.ts';
import { MESSAGE_CONTRACTS } from './message-contracts.ts';
import { INSIGHT_CONTRACTS } from './insight-contracts.ts';
import { OTHER_CONTRACTS } from './other-contracts.ts';
import { REPAIR_CONTRACTS } from './repair-contracts.ts';
import { SETTINGS_CONTRACTS } from './settings-contracts.ts';
import { ROUTING_CONTRACTS } from './routing-contracts.ts';

/** Every route below `/api/v1`. */
export const CONTRACTS: Contracts = {
  ...APPLICATION_CONTRACTS,
  ...ENDPOINT_CONTRACTS,
  ...EVENT_TYPE_CONTRACTS,
  ...MESSAGE_CONTRACTS,
  ...ATTEMPT_CONTRACTS,
  ...REPAIR_CONTRACTS,
  ...ROUTING_CONTRACTS,
  ...CONFIGURATION_CONTRACTS,
  ...SETTINGS_CONTRACTS,
  ...INSIGHT_CONTRACTS,
  ...LISTENER_CONTRACTS,
  ...ACCESS_CONTRACTS,
  ...OTHER_CONTRACTS,
};
