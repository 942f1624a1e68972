// The two ways to look at the log.
import { Tabs } from '../../parts/tabs';
import { link, route } from '../../route/route';
import { say } from './texts';

export function LogViews() {
  const isTail = route.value.query.get('view') === 'tail';
  return (
    <Tabs
      label={say('views')}
      tabs={[
        { title: say('browse'), href: link(['events']), isHere: !isTail },
        { title: say('tail'), href: link(['events'], { view: 'tail' }), isHere: isTail },
      ]}
    />
  );
}
