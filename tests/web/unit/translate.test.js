// Texts in the reader's language: English texts are the keys.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { language, setCatalogue, t, tn } from '../../../web/languages/translate.js';

const POLISH = {
  language: 'pl',
  forms: ['one', 'few', 'many', 'other'],
  messages: {
    'Undo': 'Cofnij',
    'Add to {list}': 'Dodaj do: {list}',
    '{count} todo': ['{count} zadanie', '{count} zadania', '{count} zadań', '{count} zadania'],
  },
};

afterEach(() => setCatalogue(null));

test('without a catalogue the texts are English', () => {
  assert.equal(t('Add to {list}', { list: 'Home' }), 'Add to Home');
  assert.equal(tn(1, '{count} todo', '{count} todos'), '1 todo');
  assert.equal(tn(0, '{count} todo', '{count} todos'), '0 todos');
  assert.equal(language(), 'en');
});

test('a catalogue translates, in the plural forms of its language', () => {
  setCatalogue(POLISH);
  assert.equal(t('Undo'), 'Cofnij');
  assert.equal(t('Add to {list}', { list: 'Dom' }), 'Dodaj do: Dom');
  assert.equal(tn(1, '{count} todo', '{count} todos'), '1 zadanie');
  assert.equal(tn(3, '{count} todo', '{count} todos'), '3 zadania');
  assert.equal(tn(5, '{count} todo', '{count} todos'), '5 zadań');
});

test('a message without a translation stays English', () => {
  setCatalogue(POLISH);
  assert.equal(t('Delete {title}', { title: 'x' }), 'Delete x');
});

test('a value is not searched for names of values', () => {
  assert.equal(t('{a} and {b}', { a: '{b}', b: '$&' }), '{b} and $&');
});
