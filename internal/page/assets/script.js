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
for (const time of document.querySelectorAll('time[datetime]')) {
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
