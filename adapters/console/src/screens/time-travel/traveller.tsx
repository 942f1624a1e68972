// A slider over the versions of one stream, with the state at each and the difference to the one before.
import { useSignal } from '@preact/signals';
import { address } from '../../api/request';
import type { StreamState } from '../../api/types';
import { moment } from '../../i18n/format';
import { eventName } from '../../i18n/names';
import { words } from '../../i18n/words';
import { useResource } from '../../live/resource';
import { JsonView } from '../../parts/json';
import { EventLink } from '../../parts/links';
import { Shown } from '../../parts/shown';
import { filter, replace, route } from '../../route/route';
import { Difference } from './difference';

const say = words({
  version: ['Version', '버전'],
  of: ['version {version} of {head}', '버전 {version} / {head}'],
  earlier: ['Earlier', '이전'],
  later: ['Later', '이후'],
  newest: ['Newest', '최신'],
  at: ['As it was at', '이 시각의 상태'],
  show: ['Show', '보기'],
  state: ['State', '상태'],
  changed: ['What this event changed', '이 이벤트가 바꾼 것'],
  before: ['Before its first event there was nothing.', '첫 이벤트 전에는 아무것도 없었습니다.'],
  nothing: ['It changed nothing that the state keeps.', '상태에 남는 변화가 없습니다.'],
  since: ['at {time}', '{time}'],
});

export function Traveller({ stream }: { stream: string }) {
  const { query } = route.value;
  const [version, at] = [query.get('version'), query.get('at')];
  const path = `/v1/streams/${encodeURIComponent(stream)}/state`;
  const state = useResource<StreamState>(address(path, { version, at, limit: 1 }));
  const last = useSignal<StreamState | undefined>(undefined);
  if (state.value) last.value = state.value;
  // While the next version is read, the last one stays: a slider that is dragged does not flicker.
  const shown = state.refusal ? undefined : (state.value ?? last.value);
  return (
    <Shown of={{ ...state, value: shown }}>
      {(value) => (
        <>
          <Slider value={value} />
          <div class="columns">
            <section class="panel">
              <h2>{say('changed')}</h2>
              <Changed of={value} />
            </section>
            <section class="panel">
              <h2>{say('state')}</h2>
              <JsonView value={value.state} label={say('state')} />
            </section>
          </div>
        </>
      )}
    </Shown>
  );
}

function Slider({ value }: { value: StreamState }) {
  const { version, headVersion } = value;
  const to = (wanted: number) => filter({ version: String(wanted), at: undefined }, replace);
  return (
    <section class="panel slider">
      <label class="field">
        <span>
          {say('of', { version, head: headVersion })}
          {value.at ? ` · ${say('since', { time: moment(value.at) })}` : ''}
        </span>
        <input
          type="range"
          min={0}
          max={headVersion}
          step={1}
          value={version}
          onInput={(event) => to(Number(event.currentTarget.value))}
        />
      </label>
      <div class="buttons">
        <button type="button" disabled={version <= 0} onClick={() => to(version - 1)}>
          {say('earlier')}
        </button>
        <button type="button" disabled={version >= headVersion} onClick={() => to(version + 1)}>
          {say('later')}
        </button>
        <button type="button" disabled={version >= headVersion} onClick={() => to(headVersion)}>
          {say('newest')}
        </button>
        <AtTime />
      </div>
    </section>
  );
}

function AtTime() {
  const show = (event: SubmitEvent) => {
    event.preventDefault();
    const local = String(new FormData(event.currentTarget as HTMLFormElement).get('at') ?? '');
    if (local) filter({ version: undefined, at: new Date(local).toISOString() });
  };
  return (
    <form class="inline-form" onSubmit={show}>
      <label class="field">
        <span>{say('at')}</span>
        <input type="datetime-local" name="at" step="1" required />
      </label>
      <div class="buttons">
        <button type="submit">{say('show')}</button>
      </div>
    </form>
  );
}

function Changed({ of: value }: { of: StreamState }) {
  const change = value.changes.at(-1);
  if (!change) return <p>{say('before')}</p>;
  return (
    <>
      <p>
        <EventLink position={change.position} /> {eventName(change.type)} <code class="fine">{change.type}</code>
      </p>
      {change.changed.length === 0 ? <p>{say('nothing')}</p> : <Difference of={change.changed} />}
    </>
  );
}
