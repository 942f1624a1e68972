// The menu of screens, with how much waits on each.
import { overview } from '../live/overview';
import { Icon } from '../parts/icon';
import { link, route } from '../route/route';
import { SCREENS, screenTitle, type ScreenName } from './screens';
import { say } from './texts';

export function Menu({ onFollow }: { onFollow: () => void }) {
  const here = route.value.path[0] ?? 'overview';
  return (
    <nav aria-label={say('menu')} class="menu">
      {SCREENS.map((screen) => (
        <a
          key={screen.name}
          href={link([screen.name])}
          aria-current={screen.name === here ? 'page' : undefined}
          onClick={onFollow}
        >
          <Icon name={screen.icon} />
          <span>{screenTitle(screen.name)}</span>
          <Waiting on={screen.name} />
        </a>
      ))}
    </nav>
  );
}

function Waiting({ on }: { on: ScreenName }) {
  const known = overview.value;
  if (!known) return null;
  const counts: Partial<Record<ScreenName, number | null>> = {
    'dead-letters': known.parked + known.abandoned,
    processes: known.processesInReview,
  };
  const count = counts[on];
  if (!count) return null;
  return (
    <span class="count">
      <span aria-hidden="true">{count}</span>
      <span class="hidden">{say('waiting', { n: count })}</span>
    </span>
  );
}
