// The console: everything the service does, in one page.
import { render } from 'preact';
import { App } from './shell/app';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/controls.css';
import './styles/parts.css';
import './styles/table.css';
import './styles/journey.css';
import './styles/screens.css';
import './styles/map.css';

const place = document.getElementById('console');
if (place) render(<App />, place);
