import { expect, test } from 'vitest';
import { createUnsavedForms } from './unsaved-forms.ts';

test('a dialog has its own forms, and the page has those too', () => {
  const page = createUnsavedForms();
  const dialog = createUnsavedForms(page);
  let isChanged = false;
  const remove = dialog.add({ lost: 'the endpoint', isChanged: () => isChanged });
  page.add({ lost: 'the retention', isChanged: () => true });
  expect([dialog.losses(), page.losses()]).toEqual([[], ['the retention']]);
  isChanged = true;
  expect(dialog.losses()).toEqual(['the endpoint']);
  expect(page.losses()).toEqual(['the endpoint', 'the retention']);
  remove();
  expect([dialog.losses(), page.losses()]).toEqual([[], ['the retention']]);
});

test('what somebody agreed to lose is asked for once', () => {
  const page = createUnsavedForms();
  const dialog = createUnsavedForms(page);
  dialog.add({ lost: 'the endpoint', isChanged: () => true });
  page.add({ lost: 'the retention', isChanged: () => true });
  dialog.forget();
  expect([dialog.losses(), page.losses()]).toEqual([[], ['the retention']]);
  page.forget();
  expect(page.losses()).toEqual([]);
});

test('the page hears when what would be lost may be other than before', () => {
  const page = createUnsavedForms();
  const dialog = createUnsavedForms(page);
  let heard = 0;
  const unsubscribe = page.subscribe(() => heard++);
  const remove = dialog.add({ lost: 'the endpoint', isChanged: () => true });
  dialog.changed();
  expect(heard).toBe(1);
  remove();
  expect(heard).toBeGreaterThan(1);
  const before = heard;
  unsubscribe();
  dialog.changed();
  expect(heard).toBe(before);
});
