// What a page measures about itself. Times are in milliseconds, until the frame that shows the
// change was painted.

globalThis.bench = (() => {
  const messages = [];
  const longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });

  // The time at which an event frame arrived, before the client handles it.
  const Native = globalThis.WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (typeof data === 'string') messages.push({ at: performance.now(), data });
      });
    }
  };

  // A message that is posted in a frame arrives when that frame was painted.
  const painted = () =>
    new Promise((resolve) => {
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => resolve(performance.now());
        channel.port2.postMessage(null);
      });
    });

  // Far longer than anything takes: a condition that never comes true fails instead of hanging.
  const GIVE_UP_MS = 60_000;

  const until = async (condition) => {
    const begun = performance.now();
    for (;;) {
      const at = await painted();
      if (condition()) return at;
      if (at - begun > GIVE_UP_MS) throw new Error(`never true: ${condition}`);
    }
  };

  // Until nothing more than the regular work of a page happens: the previous change has settled.
  const idle = async () => {
    const { store } = document.querySelector('ll-app').app;
    await until(() => store.pending.length === 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
  };

  const measure = async (act, condition) => {
    await idle();
    const begun = performance.now();
    act();
    return (await until(condition)) - begun;
  };

  const rows = () => [...document.querySelectorAll('ll-todo-row')];
  const inView = () =>
    rows().filter((row) => {
      const { top } = row.getBoundingClientRect();
      return top > 100 && top < innerHeight - 100 && !row.classList.contains('is-done');
    });
  const press = (key, target) =>
    target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  const sideCount = () => document.querySelector('.side-link[aria-current] .count')?.textContent;

  return {
    idle,
    rows: () => rows().length,
    nodes: () => document.querySelectorAll('*').length,
    visible: () => inView().map((row) => row.dataset.todo),
    title: (id) =>
      rows().find((row) => row.dataset.todo === id)?.querySelector('.row-title')?.textContent,

    firstRow: () => until(() => rows().length > 0),
    open: (path) =>
      measure(
        () => document.querySelector(`.side-link[href="${path}"]`).click(),
        () => rows().length > 0,
      ),

    // From another list, until the first row is of the list.
    async switch(path, otherPath) {
      const first = () => rows()[0]?.dataset.todo;
      const go = (to) => document.querySelector(`.side-link[href="${to}"]`).click();
      const here = first();
      go(otherPath);
      await until(() => first() && first() !== here);
      return measure(() => go(path), () => first() === here);
    },

    async details() {
      const row = inView()[1];
      const title = row.querySelector('.row-title').textContent;
      const shown = () => document.querySelector('ll-todo-detail .detail-title textarea')?.value;
      const took = await measure(
        () => row.querySelector('.row-open').click(),
        () => shown() === title,
      );
      document.querySelector('ll-todo-detail [aria-label="Close details"]').click();
      await until(() => shown() === undefined);
      return took;
    },

    async tick() {
      // Ticked rows stay for a moment.
      await until(() => inView().length > 4);
      const row = inView()[2];
      const check = row.querySelector('.check');
      return measure(() => check.click(), () => check.classList.contains('is-done'));
    },

    add: (title) => {
      const field = document.querySelector('.quick-field');
      field.value = title;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      const before = sideCount();
      return measure(() => field.form.requestSubmit(), () => sideCount() !== before);
    },

    async edit(title) {
      const row = inView()[3];
      row.querySelector('.row-open').focus();
      press('e', document.activeElement);
      await until(() => row.querySelector('.row-field'));
      const field = row.querySelector('.row-field');
      field.value = title;
      return measure(
        () => press('Enter', field),
        () => row.querySelector('.row-title')?.textContent === title,
      );
    },

    // From the arrival of the event until its row shows it.
    async remote(title) {
      const at = await until(() => rows().some((row) => row.textContent.includes(title)));
      return at - messages.find(({ data }) => data.includes(title)).at;
    },

    // Scroll by `step` pixels in each frame, `frames` times, and report what took long.
    async scroll(step, frames) {
      await idle();
      const pane = document.querySelector('.main');
      longTasks.length = 0;
      const gaps = [];
      let last = performance.now();
      for (let frame = 0; frame < frames; frame += 1) {
        pane.scrollTop += step;
        const at = await painted();
        gaps.push(at - last);
        last = at;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { longTasks: [...longTasks], gaps, nodes: document.querySelectorAll('*').length };
    },
  };
})();
