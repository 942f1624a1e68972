// How the page follows what happens.
import { isReachable } from '../api/request';
import { connection, type Connection } from '../live/connection';
import { Badge, type Tone } from '../parts/status';
import type { IconName } from '../parts/icon';
import { say } from './texts';

const LOOKS: Record<Connection, readonly [Tone, IconName]> = {
  live: ['good', 'ok'],
  connecting: ['busy', 'wait'],
  polling: ['busy', 'wait'],
  paused: ['calm', 'pause'],
  offline: ['bad', 'warn'],
};

export function ConnectionState() {
  const state = connection.value === 'polling' && !isReachable.value ? 'offline' : connection.value;
  const [tone, icon] = LOOKS[state];
  return (
    <span role="status" class="connection" data-state={state}>
      <Badge tone={tone} icon={icon} text={say(state)} />
    </span>
  );
}
