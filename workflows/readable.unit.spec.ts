import { expect, it } from '@jest/globals';
import { readable as readableToTheCodec } from '#libs/temporal/readable.js';
import { readable } from './readable.js';

it('the mark of words for people is the one that the codec knows', () => {
  expect(readable('Charging the payment')).toBe(readableToTheCodec('Charging the payment'));
});
