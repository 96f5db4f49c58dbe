import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App, createApp } from './app.tsx';
import { watchSystemTheme } from './appearance.ts';
import './design/tokens.css';
import { chooseLanguage, rememberedLanguage, startI18n, switchLanguage } from './i18n.ts';

// After an update the old page asks for chunks that are gone: load the new page, once.
window.addEventListener('vite:preloadError', (event) => {
  const last = Number(sessionStorage.getItem('parley.reloaded') ?? 0);
  if (Date.now() - last < 10_000) return;
  sessionStorage.setItem('parley.reloaded', String(Date.now()));
  event.preventDefault();
  window.location.reload();
});

const app = createApp();

await startI18n();
await switchLanguage(chooseLanguage(rememberedLanguage())).catch(() => undefined);
watchSystemTheme();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App {...app} />
  </StrictMode>,
);
