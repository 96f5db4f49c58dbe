// Runs before the first paint so that a dark page never flashes white. Keep in step with src/appearance.ts.
(function () {
  var root = document.documentElement;
  var saved = {};
  try {
    saved = JSON.parse(localStorage.getItem('parley.appearance') || '{}') || {};
  } catch (error) {
    saved = {};
  }
  var dark = saved.theme === 'dark' || (saved.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  root.dataset.accent = saved.accent || 'indigo';
})();
