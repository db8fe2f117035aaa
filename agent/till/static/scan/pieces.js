/** The pieces that a person types before a code: `3*`. Pure. */

const MARKED = /^([1-9]\d{0,3})[*×](.*)$/su;
const SIGNS = { "+": 1, "-": -1 };

/** Tell `text` apart into {pieces, code}: `3*A001`, and `3*` alone; null if it begins with no pieces. */
export function splitPieces(text) {
  const found = MARKED.exec(text);
  return found && { pieces: Number(found[1]), code: found[2] };
}

/** How many pieces more `text` says, which is signs alone (`++`, `-`); 0 for anything else. */
export function steps(text) {
  const signs = [...text];
  return signs.every((sign) => sign in SIGNS) ? signs.reduce((sum, sign) => sum + SIGNS[sign], 0) : 0;
}
