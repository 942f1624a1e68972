// The frame: menu, heading, choices, and the screen that the address names.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import icon from '../icon.svg';
import { loadOverview } from '../live/overview';
import { watch } from '../live/connection';
import { changes } from '../live/topics';
import { Icon } from '../parts/icon';
import { Empty } from '../parts/shown';
import { link, route } from '../route/route';
import { Choices } from './choices';
import { ConnectionState } from './connection_state';
import { Menu } from './menu';
import { SCREENS, screenTitle } from './screens';
import { listenForShortcuts } from './shortcuts';
import { say } from './texts';

export function App() {
  const menuIsOpen = useSignal(false);
  useEffect(listenForShortcuts, []);
  useOverview();
  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={skip}>
        {say('skip')}
      </a>
      <header class="side" data-open={menuIsOpen.value}>
        <div class="side-inner">
          <div class="brand">
            <a href={link(['overview'])}>
              <img src={icon} alt="" width="24" height="24" />
              <span>{say('product')}</span>
            </a>
            <button
              type="button"
              class="plain menu-button"
              aria-expanded={menuIsOpen.value}
              onClick={() => {
                menuIsOpen.value = !menuIsOpen.value;
              }}
            >
              <Icon name="menu" />
              <span class="hidden">{say('menu')}</span>
            </button>
          </div>
          <div class="side-body">
            <Menu
              onFollow={() => {
                menuIsOpen.value = false;
              }}
            />
            <div class="side-foot">
              <ConnectionState />
              <Choices />
            </div>
          </div>
        </div>
      </header>
      <Content />
    </div>
  );
}

function Content() {
  const name = route.value.path[0] ?? 'overview';
  const place = route.value.path.join('/');
  const screen = SCREENS.find((one) => one.name === name);
  const title = screen ? screenTitle(screen.name) : say('unknown');
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${title} · ${say('product')}`;
  }, [title]);
  useEffect(() => {
    // Readers who hear the page are told where they are now.
    if (!isFirst.current) heading.current?.focus();
    isFirst.current = false;
    scrollTo(0, 0);
  }, [place]);
  const View = screen?.view;
  return (
    <main id="content" tabIndex={-1}>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {View ? <View key={name} /> : <Empty>{say('unknown')}</Empty>}
    </main>
  );
}

/** The fragment of the address is the route: the link moves the focus itself. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

/** The menu counts what waits, whatever screen is shown. */
function useOverview(): void {
  useEffect(() => {
    const release = watch(['overview']);
    const end = changes.overview.subscribe(() => void loadOverview());
    return () => {
      release();
      end();
    };
  }, []);
}
