/** A token of head office, told whole from torn: `HQ1` and unpadded base32 (RFC 4648) of CBOR. Pure. */

const BEGIN = "HQ1";
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;

/** Whether nothing is missing at the end of the token. */
export function isWholeToken(text) {
  const letters = text.toUpperCase().replace(/^\][A-Z]\d/, "").slice(BEGIN.length);
  const bytes = decoded(letters);
  return Math.ceil((bytes.length * 8) / 5) === letters.length && after(bytes, 0) === bytes.length;
}

function decoded(letters) {
  const bytes = [];
  let [bits, held] = [0, 0];
  for (const letter of letters) {
    bits = ((bits << 5) | ALPHABET.indexOf(letter)) & 0xfff;
    held += 5;
    if (held >= 8) bytes.push((bits >> (held -= 8)) & 0xff);
  }
  return bytes;
}

/** The place behind the CBOR item (RFC 8949, section 3) at `place`; NaN beyond the end. */
function after(bytes, place) {
  const [major, short] = [bytes[place] >> 5, bytes[place] & 31];
  const width = short < 24 ? 0 : 2 ** (short - 24);
  let next = place + 1 + width;
  if (!(next <= bytes.length)) return NaN;
  const number = width ? bytes.slice(place + 1, next).reduce((sum, byte) => sum * 256 + byte, 0) : short;
  if (major === BYTES || major === TEXT) return next + number;
  const items = { [ARRAY]: number, [MAP]: 2 * number, [TAG]: 1 }[major] ?? 0;
  for (let item = 0; item < items && next <= bytes.length; item += 1) next = after(bytes, next);
  return next;
}
