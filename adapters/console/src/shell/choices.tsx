// What the reader chooses for the whole console: language, theme, keys.
import { language, setLanguage, type Language } from '../i18n/language';
import { Dialog } from '../parts/confirm';
import { Icon } from '../parts/icon';
import { SCREENS, screenTitle } from './screens';
import { helpIsOpen, setShortcuts, shortcutsAreOn } from './shortcuts';
import { say } from './texts';
import { setTheme, theme, type Theme } from './theme';

export function Choices() {
  return (
    <div class="choices">
      <label>
        <span class="hidden">{say('language')}</span>
        <select
          name="language"
          value={language.value}
          onChange={(event) => setLanguage(event.currentTarget.value as Language)}
        >
          <option value="en">English</option>
          <option value="ko" lang="ko">
            한국어
          </option>
        </select>
      </label>
      <label>
        <span class="hidden">{say('theme')}</span>
        <select name="theme" value={theme.value} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
          <option value="system">{say('system')}</option>
          <option value="light">{say('light')}</option>
          <option value="dark">{say('dark')}</option>
        </select>
      </label>
      <button
        type="button"
        class="plain"
        onClick={() => {
          helpIsOpen.value = true;
        }}
      >
        <Icon name="keyboard" />
        <span class="hidden">{say('keyboard')}</span>
      </button>
      {helpIsOpen.value && <Help />}
    </div>
  );
}

function Help() {
  return (
    <Dialog
      title={say('keyboard')}
      close={() => {
        helpIsOpen.value = false;
      }}
    >
      <div class="stack">
        <p>{say('keys_tab')}</p>
        <dl class="keys">
          <dt>
            <kbd>g</kbd>
          </dt>
          <dd>{say('keys_go')}</dd>
          {SCREENS.map((screen) => [
            <dt key={`${screen.name}-key`}>
              <kbd>g</kbd> <kbd>{screen.key}</kbd>
            </dt>,
            <dd key={screen.name}>{screenTitle(screen.name)}</dd>,
          ])}
          <dt>
            <kbd>/</kbd>
          </dt>
          <dd>{say('keys_filter')}</dd>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>{say('keys_help')}</dd>
        </dl>
        <label class="check">
          <input
            type="checkbox"
            checked={shortcutsAreOn.value}
            onChange={(event) => setShortcuts(event.currentTarget.checked)}
          />
          {say('shortcuts')}
        </label>
      </div>
    </Dialog>
  );
}
