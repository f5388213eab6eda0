// How a todo repeats: the usual rules in one press, any other in a few. The next five dates of a
// rule are shown before it is set.

import { dayText } from '../../format/due.js';
import { fieldProblems, refusalIn } from '../../format/problems.js';
import { repeatText, ruleOn, sentence, usualRules } from '../../format/repeat.js';
import { t } from '../../languages/translate.js';
import { dayOf, localDue } from '../../store/dates.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { item } from './menu_item.js';
import { repeatForm } from './repeat_form.js';

/**
 * @import { MomentShape, RepeatPreview } from '../../types/contract.d.ts'
 * @import { Answer, Due, Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 * @import { ChosenRepeat } from './repeat_form.js'
 */

/**
 * @typedef {object} RepeatMenuProps
 * @property {Todo} todo
 * @property {Due | null} due typed in the due menu and not set yet
 * @property {() => void} onDone
 */

/** @type {ChosenRepeat} */
const FIRST_CUSTOM = { rule: 'FREQ=DAILY;INTERVAL=3', counts_from: 'schedule' };

/** @extends {View<RepeatMenuProps & UsedProps>} */
export class RepeatMenu extends View {
  /** @type {ChosenRepeat | null} the rule whose dates are shown, which may not be set yet */
  #chosen = null;
  #isCustom = false;
  /** @type {MomentShape[]} */
  #dates = [];
  #problem = '';
  #requested = '';

  /** @returns {Due} */
  get #due() {
    const { reader } = this.app;
    return this.props.due ?? this.props.todo.due ?? { date: dayOf(reader.now, reader.zone) };
  }

  connected() {
    const { todo: { repeat }, due } = this.props;
    if (!repeat) return;
    const rule = due ? ruleOn(repeat.rule, due) : repeat.rule;
    this.#chosen = { rule, counts_from: repeat.counts_from };
    this.#isCustom = repeat.counts_from === 'completion' || !usualRules(this.#due).includes(rule);
    this.#preview(this.#chosen);
  }

  render() {
    const chosen = this.#chosen;
    return [
      h('div', { class: 'menu-title' }, t('Repeat')),
      this.#isCustom && chosen ? this.#custom(chosen) : this.#usual(),
      chosen ? this.#outlook(chosen) : null,
      this.props.todo.repeat
        ? item(icon('close'), t('Do not repeat'), () => this.#save(null))
        : null,
    ];
  }

  #usual() {
    const due = this.#due;
    const { repeat: current } = this.props.todo;
    const isSet = current?.counts_from === 'schedule';
    const moved = isSet && this.props.due ? ruleOn(current.rule, due) : current?.rule;
    const set = isSet ? moved : null;
    const usual = usualRules(due).map((rule) => {
      /** @type {ChosenRepeat} */
      const repeat = { rule, counts_from: 'schedule' };
      const text = sentence(repeatText(repeat, due));
      return item(icon('repeat'), text, () => this.#save(repeat), {
        checked: rule === set,
        key: rule,
        onFocus: () => this.#choose(repeat, false),
      });
    });
    return [
      usual,
      item(icon('settings'), t('Something else'), () => {
        this.#choose(this.#chosen ?? FIRST_CUSTOM, true);
      }),
    ];
  }

  /** @param {ChosenRepeat} chosen */
  #custom(chosen) {
    return [
      item(icon('left'), t('The usual ones'), () => {
        this.#isCustom = false;
        this.draw();
      }),
      repeatForm(chosen, this.#due, this.app.reader, (repeat) => this.#choose(repeat, true)),
    ];
  }

  /**
   * Show the choice in words and its next dates, and a button that sets it if no press has done so.
   * @param {ChosenRepeat} chosen
   */
  #outlook(chosen) {
    const { reader } = this.app;
    const days = this.#dates.map((moment) => localDue(moment, reader.zone)?.day ?? '');
    return h(
      'div',
      { class: 'due-form', key: 'outlook' },
      h('p', { class: 'repeat-text' }, sentence(repeatText(chosen, this.#due))),
      this.#problem ? h('p', { class: 'problem', role: 'alert' }, this.#problem) : h(
        'p',
        { class: 'dates', role: 'group', 'aria-label': t('Next dates') },
        days.map((day) => h('span', { class: 'date' }, dayText(day, reader))),
      ),
      this.#isCustom
        ? h('button', {
          class: 'button small primary wide',
          type: 'button',
          disabled: Boolean(this.#problem),
          onClick: () => this.#save(chosen),
        }, this.props.todo.repeat ? t('Change from here on') : t('Repeat it'))
        : null,
    );
  }

  /**
   * @param {ChosenRepeat} repeat
   * @param {boolean} isCustom
   */
  #choose(repeat, isCustom) {
    this.#chosen = repeat;
    this.#isCustom = isCustom;
    this.#preview(repeat);
    this.draw();
  }

  /** @param {ChosenRepeat} repeat */
  async #preview(repeat) {
    const body = { due: this.#due, repeat };
    const requested = JSON.stringify(body);
    this.#requested = requested;
    /** @type {MomentShape[]} */
    let dates = [];
    let problem = '';
    try {
      /** @type {Answer<RepeatPreview>} */
      const answer = await this.app.session.call('POST', '/repeats/preview', { body });
      dates = answer.body.dates;
    } catch (error) {
      // Offline: show no dates. The change itself waits in the outbox.
      const isInvalid = refusalIn(error)?.status === 422;
      problem = isInvalid ? Object.values(fieldProblems(error))[0] ?? '' : '';
    }
    if (this.#requested !== requested) return;
    this.#dates = dates;
    this.#problem = problem;
    this.redraw();
  }

  /** @param {ChosenRepeat | null} repeat */
  #save(repeat) {
    const { todo, onDone } = this.props;
    this.app.actions?.editTodo(todo.id, repeat ? { due: this.#due, repeat } : { repeat });
    onDone();
  }
}

customElements.define('ll-repeat-menu', RepeatMenu);
