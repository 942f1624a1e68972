// The latest attempts of a member, to choose the one that is shown.
import type { Page, Process } from '../../api/types';
import { word } from '../../i18n/names';
import type { Resource } from '../../live/resource';
import { Moment } from '../../parts/moment';
import { Status } from '../../parts/status';
import { link, route } from '../../route/route';
import { say } from './texts';

export function AttemptList({ of: attempts, chosen }: { of: Resource<Page<Process>>; chosen: string | undefined }) {
  const items = attempts.value?.items ?? [];
  if (items.length < 2) return null;
  return (
    <>
      <h3>{say('attempts')}</h3>
      <ul class="attempt-list">
        {items.map((process) => (
          <li key={process.id}>
            <a
              href={link(route.value.path, { attempt: process.id })}
              aria-current={process.id === chosen ? 'true' : undefined}
            >
              <span>
                {word(process.kind)}
                {process.bookNo === undefined ? '' : ` #${process.bookNo}`}
              </span>
              <Status of={process.status} />
              <span class="fine">
                <Moment at={process.startedAt} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}
