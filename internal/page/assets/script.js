// What only a script can do. Every page works without it.
'use strict';

// Copying. The button is hidden until there is a script.
for (const button of document.querySelectorAll('.copy-button')) {
  button.hidden = false;
  const said = button.innerHTML;
  button.addEventListener('click', async () => {
    const value = button.parentElement.querySelector('.value');
    const text = 'value' in value ? value.value : value.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(value);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return;
    }
    button.textContent = button.dataset.copied;
    announce(button.dataset.copied);
    setTimeout(() => { button.innerHTML = said; }, 2000);
  });
}

// One place that speaks for what changes by itself.
function announce(text) {
  let live = document.getElementById('live');
  if (!live) {
    live = document.createElement('div');
    live.id = 'live';
    live.className = 'hide';
    live.setAttribute('aria-live', 'polite');
    document.body.append(live);
  }
  live.textContent = '';
  requestAnimationFrame(() => { live.textContent = text; });
}

// Exact times in the reader's zone.
for (const time of document.querySelectorAll('time[datetime]:not([data-day])')) {
  const at = new Date(time.dateTime);
  if (!isNaN(at)) {
    time.title = at.toLocaleString(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
  }
}

// Filtering a list while one types. Without a script the whole list is there.
for (const field of document.querySelectorAll('input[data-filter]')) {
  field.closest('.filter').hidden = false;
  const rows = [...document.querySelectorAll(field.dataset.filter)];
  field.addEventListener('input', () => {
    const wanted = field.value.toLowerCase();
    for (const row of rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
    }
  });
}

// A form that only hands on what was decided before goes by itself.
document.querySelector('form[data-go]')?.requestSubmit();

// A decision cannot be pressed in the first half second, nor while the page is in the background: a page that was slid under
// a double click decides nothing (A172).
const decisions = document.querySelectorAll('button[data-decides]');
if (decisions.length > 0) {
  const hold = () => {
    for (const b of decisions) b.disabled = true;
    setTimeout(() => { if (document.hasFocus()) for (const b of decisions) b.disabled = false; }, 500);
  };
  hold();
  addEventListener('focus', hold);
}

// A page that was kept for the back button shows what was true once: it is asked for again (A189).
addEventListener('pageshow', (e) => { if (e.persisted) location.reload(); });

// Filtering opens the groups in which something is left.
for (const field of document.querySelectorAll('input[data-opens]')) {
  const groups = [...document.querySelectorAll(field.dataset.opens)];
  const open = groups.map((g) => g.open);
  field.addEventListener('input', () => {
    groups.forEach((g, i) => {
      const left = [...g.querySelectorAll(field.dataset.filter)].some((row) => !row.hidden);
      g.hidden = !left;
      g.open = field.value ? left : open[i];
    });
  });
}

// The install URL beside a registration, always as the form stands. Whether it may be registered so, the server says.
const registration = document.querySelector('form[data-install]');
if (registration) {
  const shown = registration.querySelector('.install-url');
  const none = registration.querySelector('.install-none');
  registration.querySelector('.url-button').hidden = true;
  const write = (s) => encodeURIComponent(s).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());
  const build = () => {
    const form = new FormData(registration);
    const redirect = String(form.get('redirect_uris') || '').split('\n').map((s) => s.trim()).find((s) => s);
    const scopes = { required: [], conditional: [], optional: [] };
    for (const [name, value] of form) {
      if (name.startsWith('scope.') && scopes[value]) scopes[value].push(name.slice(6));
    }
    shown.hidden = !redirect;
    none.hidden = Boolean(redirect);
    if (!redirect) return;
    const scope = [...scopes.required, ...scopes.conditional].sort().join(' ') || 'oauth';
    const parts = ['client_id=' + (registration.dataset.client || 'CLIENT-ID'), 'redirect_uri=' + write(redirect)];
    if (!form.get('install_url')) parts.push('response_type=code');
    parts.push('scope=' + write(scope));
    if (scopes.optional.length) parts.push('optional_scope=' + write(scopes.optional.sort().join(' ')));
    shown.querySelector('.value').textContent = registration.dataset.install + '/oauth/authorize?' + parts.join('&');
  };
  registration.addEventListener('input', build);
  build();
}

// Choosing who may use an app: OK closes the list, and what is chosen stands above it at once. Who picks a role or user no longer
// means all users, and the other way round. Without a script OK is sent, and the server shows the same.
for (const admission of document.querySelectorAll('.admission')) {
  const shown = admission.querySelector('.admitted');
  const who = (value) => admission.querySelector('input[name=who][value=' + value + ']');
  const write = () => {
    const names = [...admission.querySelectorAll('input[data-name]:checked')].map((box) => box.dataset.name);
    shown.replaceChildren(...(names.length ? names : [admission.dataset.nobody]).flatMap((name) => {
      const tag = document.createElement('span');
      tag.className = names.length ? 'tag neutral' : 'soft';
      tag.textContent = name;
      return [tag, ' '];
    }));
  };
  admission.addEventListener('change', (e) => {
    if (e.target.dataset.name && e.target.checked) who('chosen').checked = true;
    if (e.target === who('all')) for (const box of admission.querySelectorAll('input[data-name]:checked')) box.checked = false;
    write();
  });
  admission.querySelector('.pick')?.addEventListener('click', (e) => {
    e.preventDefault();
    const list = e.target.closest('details');
    list.open = false;
    list.querySelector('summary').focus();
  });
}
