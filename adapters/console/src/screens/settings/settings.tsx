// What this build is and how it runs, with the ways to its other descriptions.
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { duration } from '../../i18n/format';
import { words } from '../../i18n/words';
import { overview } from '../../live/overview';
import { ShortId } from '../../parts/short_id';
import { Badge } from '../../parts/status';
import { Loading } from '../../parts/shown';
import { Table } from '../../parts/table';

const say = words({
  build: ['Build', '빌드'],
  version: ['Version', '버전'],
  node: ['Node', '노드'],
  services: ['Services', '서비스'],
  log: ['Log', '로그'],
  up: ['Up for', '가동 시간'],
  unknown: ['not told by this service', '이 서비스가 알려 주지 않습니다'],
  readiness: ['Readiness', '준비 상태'],
  check: ['Check', '점검'],
  result: ['Result', '결과'],
  found: ['Found', '내용'],
  ready: ['Ready', '준비됨'],
  notReady: ['Not ready', '준비 안 됨'],
  settings: ['Settings', '설정'],
  settingsHow: [
    'The settings of a service are read where it runs, with their sources and without secrets:',
    '설정은 서비스가 실행되는 곳에서 출처와 함께, 비밀 값 없이 확인합니다:',
  ],
  more: ['Descriptions', '설명'],
  api: ['The API, to be tried', 'API 문서와 시험'],
  openapi: ['OpenAPI document', 'OpenAPI 문서'],
  metrics: ['Metrics for Prometheus', 'Prometheus 지표'],
});

interface Check {
  check: string;
  ok: boolean;
  found: string;
}

export function Settings() {
  return (
    <div class="columns">
      <div class="stack">
        <Build />
        <section class="panel">
          <h2>{say('settings')}</h2>
          <p class="prose">{say('settingsHow')}</p>
          <pre class="json" tabIndex={0} role="region" aria-label={say('settings')}>
            rental config show
          </pre>
        </section>
        <section class="panel">
          <h2>{say('more')}</h2>
          <ul class="parts">
            <li>
              <a href="/docs/" target="_blank" rel="noreferrer">
                {say('api')}
              </a>
            </li>
            <li>
              <a href="/openapi.json" target="_blank" rel="noreferrer">
                {say('openapi')}
              </a>
            </li>
            <li>
              <a href="/metrics" target="_blank" rel="noreferrer">
                {say('metrics')}
              </a>
            </li>
          </ul>
        </section>
      </div>
      <Readiness />
    </div>
  );
}

function Build() {
  const known = overview.value;
  const unknown = <span class="fine">{say('unknown')}</span>;
  return (
    <section class="panel">
      <h2>{say('build')}</h2>
      <dl class="facts">
        <dt>{say('version')}</dt>
        <dd>{known?.version ?? unknown}</dd>
        <dt>{say('services')}</dt>
        <dd>{known?.services.join(', ') ?? unknown}</dd>
        <dt>{say('node')}</dt>
        <dd>{known ? <ShortId id={known.node} /> : unknown}</dd>
        <dt>{say('log')}</dt>
        <dd>{known ? <ShortId id={known.logId} /> : unknown}</dd>
        <dt>{say('up')}</dt>
        <dd>{known ? duration(known.upSeconds) : unknown}</dd>
      </dl>
    </section>
  );
}

function Readiness() {
  const checks = useSignal<Check[] | undefined>(undefined);
  const tick = overview.value?.at;
  useEffect(() => {
    void readChecks().then((found) => {
      checks.value = found;
    });
  }, [tick]);
  return (
    <section class="panel">
      <h2>{say('readiness')}</h2>
      {checks.value ? (
        <Table
          caption={say('readiness')}
          rows={checks.value}
          rowKey={(check) => check.check}
          columns={[
            { title: say('check'), cell: (check) => <span class="mono">{check.check}</span>, isHead: true },
            {
              title: say('result'),
              cell: (check) => (
                <Badge
                  tone={check.ok ? 'good' : 'bad'}
                  icon={check.ok ? 'ok' : 'warn'}
                  text={say(check.ok ? 'ready' : 'notReady')}
                />
              ),
            },
            { title: say('found'), cell: (check) => check.found },
          ]}
        />
      ) : (
        <Loading />
      )}
    </section>
  );
}

/** One JSON document in each line; a service that is not ready answers 503 with the same lines. */
async function readChecks(): Promise<Check[]> {
  const answer = await fetch('/readyz', { cache: 'no-store' }).catch(() => undefined);
  const lines = (await answer?.text())?.split('\n') ?? [];
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Check);
}
