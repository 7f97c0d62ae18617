import { expect, it } from 'vitest';
import { Acknowledgements } from './acknowledgements.ts';

function world() {
  const sent: string[] = [];
  const channel = {
    active: true,
    basicAck: ({
      deliveryTag = 0,
      multiple = false,
    }: {
      deliveryTag?: number;
      multiple?: boolean;
    }) => void sent.push(multiple ? `up to ${deliveryTag}` : `${deliveryTag}`),
  };
  const acknowledgements = new Acknowledgements(channel);
  for (let tag = 1; tag <= 6; tag++) acknowledgements.delivered(tag);
  return { acknowledgements, channel, sent };
}

it('acknowledges messages that are done in the same turn with one frame', async () => {
  const { acknowledgements, sent } = world();
  for (const tag of [2, 1, 3]) acknowledgements.add(tag);
  expect(sent).toEqual([]);
  await new Promise(setImmediate);
  expect(sent).toEqual(['up to 3']);
});

it('does not wait for a message that is not done', () => {
  const { acknowledgements, sent } = world();
  for (const tag of [1, 3, 4]) acknowledgements.add(tag);
  acknowledgements.flush();
  expect(sent.splice(0)).toEqual(['up to 1', '3', '4']);
  for (const tag of [2, 5]) acknowledgements.add(tag);
  acknowledgements.flush();
  expect(sent).toEqual(['up to 5']);
});

it('acknowledges nothing on a lost channel, and nothing twice', () => {
  const { acknowledgements, channel, sent } = world();
  acknowledgements.add(1);
  acknowledgements.flush();
  acknowledgements.flush();
  channel.active = false;
  acknowledgements.add(2);
  acknowledgements.flush();
  expect(sent).toEqual(['up to 1']);
});

it('reports a message that did not arrive', () => {
  const { acknowledgements } = world();
  expect(acknowledgements.delivered(8)).toBe(false);
  expect(acknowledgements.delivered(7)).toBe(true);
});
