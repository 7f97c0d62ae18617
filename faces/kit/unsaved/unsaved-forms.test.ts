import { expect, test } from 'vitest';
import { createUnsavedForms } from './unsaved-forms.ts';

test('a dialog has its own forms, and the page has those too', () => {
  const page = createUnsavedForms();
  const dialog = createUnsavedForms(page);
  let isChanged = false;
  const remove = dialog.add({ name: 'the endpoint', isChanged: () => isChanged });
  page.add({ name: 'the retention', isChanged: () => true });
  expect([dialog.changed(), page.changed()]).toEqual([[], ['the retention']]);
  isChanged = true;
  expect(dialog.changed()).toEqual(['the endpoint']);
  expect(page.changed()).toEqual(['the endpoint', 'the retention']);
  remove();
  expect([dialog.changed(), page.changed()]).toEqual([[], ['the retention']]);
});

test('what somebody agreed to lose is asked for once', () => {
  const page = createUnsavedForms();
  const dialog = createUnsavedForms(page);
  dialog.add({ name: 'the endpoint', isChanged: () => true });
  page.add({ name: 'the retention', isChanged: () => true });
  dialog.forget();
  expect([dialog.changed(), page.changed()]).toEqual([[], ['the retention']]);
  page.forget();
  expect(page.changed()).toEqual([]);
});
