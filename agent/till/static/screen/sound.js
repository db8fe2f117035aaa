/** Sounds: each tone of a verdict has its own, told apart without looking. Made, not loaded. */

const KEPT = "store-agent volume";
const LOUDEST = 10;

/** [frequency in Hz, begin in ms, length in ms, wave]. */
const TUNES = {
  good: [[880, 0, 90, "sine"], [1319, 100, 160, "sine"]],
  risk: [[880, 0, 90, "sine"], [1175, 110, 70, "triangle"], [880, 210, 70, "triangle"], [1175, 310, 120, "triangle"]],
  warn: [[523, 0, 150, "triangle"], [523, 230, 150, "triangle"]],
  bad: [[196, 0, 420, "square"], [139, 120, 380, "sawtooth"]],
  tick: [[1568, 0, 60, "sine"]],
};

let context = null;

/** How loud, 0 (mute) to 10. */
export function volume() {
  const kept = Number(localStorage.getItem(KEPT) ?? 7);
  return Number.isInteger(kept) && kept >= 0 && kept <= LOUDEST ? kept : 7;
}

/** Set how loud, 0 to 10, and remember it on this PC. */
export function setVolume(level) {
  localStorage.setItem(KEPT, String(Math.min(LOUDEST, Math.max(0, level))));
}

/** Play the sound of a tone. Browsers allow it once somebody has touched the page. */
export function play(tone) {
  const loudness = volume() / LOUDEST;
  if (loudness === 0 || !TUNES[tone]) return;
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
  for (const [frequency, begin, length, wave] of TUNES[tone]) {
    note(frequency, context.currentTime + begin / 1000, length / 1000, wave, loudness);
  }
}

function note(frequency, at, length, wave, loudness) {
  const source = new OscillatorNode(context, { type: wave, frequency });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loudness * 0.3, at + 0.01);
  gain.gain.setValueAtTime(loudness * 0.3, at + length - 0.02);
  gain.gain.linearRampToValueAtTime(0, at + length);
  source.connect(gain).connect(context.destination);
  source.start(at);
  source.stop(at + length);
}
