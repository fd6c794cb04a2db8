import { expect, test } from "bun:test";
import { parseInItsDigits, parseKeepingNumbers } from "#core/wire/json-digits.ts";

test("numbers that JavaScript would round are written again in their own digits", () => {
  for (const text of [
    '{"id":12345678901234567890,"near":[0.12345678901234567891,-9007199254740993],"text":"1234567890123456"}',
    '{"id":9007199254740991,"plain":1,"none":null}',
    "[]",
  ]) {
    expect(JSON.stringify(parseInItsDigits(text))).toBe(text);
  }
});

test("what needs no care is the plain value", () => {
  expect(parseInItsDigits('{"a":[1,"1234567890123456",true]}')).toEqual({ a: [1, "1234567890123456", true] });
  expect(() => parseInItsDigits('{"a":')).toThrow();
});

test("F7: ids of 64 bits and numbers beyond all in a body stay as they were written, and every other number is a number", () => {
  const body =
    '{"input":{"id":1234567890123456789,"all":[ -9007199254740993,"1: 1234567890123456789",1e400,-1.5E+999]}}';
  expect(JSON.stringify(parseKeepingNumbers(body))).toBe(body.replace(" ", ""));
  const usual =
    '{"big":[1234567890123456789],"temperature":1.0,"exact":9007199254740991,"fine":0.69999999999999995559}';
  expect(parseKeepingNumbers(usual)).toMatchObject({ temperature: 1, exact: 9_007_199_254_740_991, fine: 0.7 });
  expect(() => parseKeepingNumbers('{"a":1234567890123456789')).toThrow();
});
