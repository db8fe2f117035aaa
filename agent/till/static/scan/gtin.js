/** Article numbers of GS1. Pure. */

/** Whether the last digit of a GTIN-8, -12, -13 or -14 checks the others. */
export function isGtin(digits) {
  if (!/^(\d{8}|\d{12,14})$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, i) => total + Number(digit) * (i % 2 ? 3 : 1), 0);
  return sum % 10 === 0;
}
