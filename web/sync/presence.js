// Who else is in the list that is looked at, and where their editors are. Comes and goes with the
// connection: no sequence, nothing kept, no part of the confirmed state. No DOM.

// Said again every few seconds while somebody types; forgotten when it is not (protocol.md).
const SAY_EVERY_MS = 2_500;
const FORGET_MS = 5_000;

export class Presence {
  /** @type {Record<string, Record<string, {user: any, state: any}>>} who is here, by list and user */
  here = {};
  /** @type {Record<string, {user: any, field: string}[]>} whose editors are on which todo */
  editors = {};
  #looking = null;
  #said = { what: '', at: 0 };

  /** @param {{send: (frame: any) => boolean, onChange: () => void, now?: () => number, later?: Function}} ports */
  constructor(ports) {
    this.ports = { now: Date.now, later: (work, ms) => setTimeout(work, ms), ...ports };
  }

  /** The person looks at this list, or at none. */
  setVisibleList(listId) {
    if (listId === this.#looking) return;
    const before = this.#looking;
    this.#looking = listId;
    if (before) {
      this.ports.send({ type: 'presence', list: before, state: null });
      this.#forget(before);
    }
    if (listId) this.ports.send({ type: 'presence', list: listId, state: {} });
  }

  /** A subscription begins anew: what was said before it does not count. */
  subscribed(listId) {
    if (listId === this.#looking) this.ports.send({ type: 'presence', list: listId, state: {} });
  }

  /** The connection is gone: nobody can be seen. */
  closed() {
    if (Object.keys(this.here).length === 0 && Object.keys(this.editors).length === 0) return;
    this.here = {};
    this.editors = {};
    this.ports.onChange();
  }

  /** The person changes a field just now; the others may know. */
  edit(todoId, field) {
    const what = `${todoId} ${field}`;
    const now = this.ports.now();
    if (this.#said.what === what && now - this.#said.at < SAY_EVERY_MS) return;
    // Alone in the list, there is nobody to tell.
    if (Object.keys(this.here[this.#looking] ?? {}).length < 2) return;
    this.#said = { what, at: now };
    this.ports.send({ type: 'editing', todo: todoId, field });
  }

  /** What was being edited has arrived: the editors are off it. */
  arrived(todoId, userId) {
    const kept = (this.editors[todoId] ?? []).filter(({ user }) => user.id !== userId);
    if (kept.length !== (this.editors[todoId] ?? []).length) this.#put(todoId, kept);
  }

  receive(frame) {
    if (frame.type === 'editing') return this.#editing(frame);
    const { list } = frame;
    const people = frame.type === 'presence' ? {} : { ...this.here[list] };
    if (frame.type === 'left') { for (const id of frame.users) delete people[id]; }
    else for (const one of frame.users) people[one.user.id] = one;
    // An answer to what was said before another list was opened.
    if (list !== this.#looking) return undefined;
    this.here = { ...this.here, [list]: people };
    if (frame.type === 'left') {
      for (const id of frame.users) {
        for (const todo of Object.keys(this.editors)) this.arrived(todo, id);
      }
    }
    return this.ports.onChange();
  }

  #editing({ todo, field, user }) {
    const others = (this.editors[todo] ?? []).filter((held) => held.user.id !== user.id);
    const held = { user, field };
    this.#put(todo, [...others, held]);
    this.ports.later(() => {
      if (this.editors[todo]?.includes(held)) this.arrived(todo, user.id);
    }, FORGET_MS);
  }

  #put(todo, editors) {
    const { [todo]: _before, ...rest } = this.editors;
    this.editors = editors.length > 0 ? { ...rest, [todo]: editors } : rest;
    this.ports.onChange();
  }

  #forget(listId) {
    const { [listId]: _gone, ...rest } = this.here;
    this.here = rest;
    this.editors = {};
    this.ports.onChange();
  }
}
