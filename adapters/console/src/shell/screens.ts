// The screens, in the order of the menu, with the key that leads there after `g`.
import type { ComponentType } from 'preact';
import type { IconName } from '../parts/icon';
import { Audit } from '../screens/audit/audit';
import { DeadLetters } from '../screens/dead-letters/dead_letters';
import { Desk } from '../screens/desk/desk';
import { Events } from '../screens/events/events';
import { FlowMap } from '../screens/map/flow_map';
import { OverviewScreen } from '../screens/overview/overview_screen';
import { Processes } from '../screens/processes/processes';
import { Processors } from '../screens/processors/processors';
import { Settings } from '../screens/settings/settings';
import { TimeTravel } from '../screens/time-travel/time_travel';
import { words } from '../i18n/words';

export const screenTitle = words({
  overview: ['Overview', '개요'],
  desk: ['Desk', '창구'],
  processors: ['Processors', '프로세서'],
  'dead-letters': ['Dead letters', '배달 못한 이벤트'],
  events: ['Events', '이벤트'],
  'time-travel': ['Time travel', '시간 여행'],
  processes: ['Processes', '프로세스'],
  map: ['Flow map', '흐름도'],
  settings: ['Settings & build', '설정과 빌드'],
  audit: ['Audit', '감사'],
});

export type ScreenName = Parameters<typeof screenTitle>[0];

export interface Screen {
  name: ScreenName;
  icon: IconName;
  key: string;
  view: ComponentType;
}

export const SCREENS: readonly Screen[] = [
  { name: 'overview', icon: 'overview', key: 'o', view: OverviewScreen },
  { name: 'desk', icon: 'desk', key: 'd', view: Desk },
  { name: 'processes', icon: 'process', key: 'c', view: Processes },
  { name: 'processors', icon: 'processors', key: 'p', view: Processors },
  { name: 'dead-letters', icon: 'letter', key: 'l', view: DeadLetters },
  { name: 'map', icon: 'map', key: 'm', view: FlowMap },
  { name: 'events', icon: 'events', key: 'e', view: Events },
  { name: 'time-travel', icon: 'time', key: 't', view: TimeTravel },
  { name: 'audit', icon: 'audit', key: 'a', view: Audit },
  { name: 'settings', icon: 'settings', key: 's', view: Settings },
];
