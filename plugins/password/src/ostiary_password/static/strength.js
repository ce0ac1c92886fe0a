// Says, while a new password is typed, what would make it harder to guess. It knows less than the
// server, asks nobody, keeps nothing, and never stands in the way of the form.

const PAUSE = 700; // Milliseconds without a key, so that a screen reader is not interrupted.

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

const letters = (text) => fold(text).replace(/[^\p{L}]/gu, "");

// The shortest piece that, repeated, makes the whole.
const unit = (text) => text.slice(0, (text + text).indexOf(text, 1));

// Neighbours in the alphabet, among the digits or on a keyboard, in either direction.
const TRACKS = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
const near = (a, b) => TRACKS.some((track) => track.includes(a + b) || track.includes(b + a));

function isWalk(text) {
  const characters = [...text];
  return characters.slice(1).every((c, i) => c === characters[i] || near(characters[i], c));
}

// The words of a name, and the name in one: "ada.lovelace" has three. The longest come first.
const named = (texts) =>
  [...new Set(texts.flatMap((text) => [letters(text), ...fold(text).split(/[^\p{L}]+/u)]))]
    .filter((name) => name.length > 2)
    .sort((a, b) => b.length - a.length);

function isName(text, names) {
  const bare = letters(text);
  const rest = names.reduce((left, name) => left.replaceAll(name, ""), bare);
  return rest.length < 3 && rest !== bare;
}

// What would help most, as the name of one of the texts.
function advice(password, { least, good, common }, names) {
  const length = [...password].length;
  const bare = fold(password).replace(/\s/g, "");
  if (length === 0) return null;
  if (unit(bare).length <= 4 || isWalk(bare)) return "pattern";
  if (isName(password, names)) return "name";
  if (common.includes(letters(password))) return "common";
  if (length < least) return "short";
  return length < good ? "longer" : "good";
}

for (const box of document.querySelectorAll("[data-ostiary-helper]")) {
  const form = box.closest("form");
  const input = form?.querySelector("input[autocomplete='new-password']");
  const status = box.querySelector("[data-ostiary-status]");
  if (!input) continue;
  const options = JSON.parse(box.dataset.options);
  const whose = () => [...form.querySelectorAll("[autocomplete~='username'], [autocomplete='email']")]
    .map((field) => field.value.split("@")[0]);
  let timer = null;
  const say = () => {
    const found = advice(input.value, options, named([...options.names, ...whose()]));
    status.textContent = found ? box.dataset[`text${found[0].toUpperCase()}${found.slice(1)}`] : "";
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(say, PAUSE);
  });
}
