// Makes pages nicer; none of them needs it. Every word comes from data- attributes, translated.

function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function button(text, label) {
  return element("button", { type: "button", class: "o-button o-secondary o-small", "aria-label": label }, text);
}

// A live region must be in the page before it speaks, and empty between two equal messages.
function speaker(parent) {
  const status = element("span", { role: "status", class: "o-unseen" });
  parent.append(status);
  return (text) => {
    status.textContent = "";
    requestAnimationFrame(() => { status.textContent = text; });
  };
}

function showPassword(box) {
  const input = box.querySelector("input");
  const words = box.dataset;
  const toggle = button(words.show, words.showLabel);
  toggle.setAttribute("aria-controls", input.id);
  box.append(toggle);
  const say = speaker(box);
  const set = (visible) => {
    input.type = visible ? "text" : "password";
    toggle.textContent = visible ? words.hide : words.show;
    toggle.setAttribute("aria-label", visible ? words.hideLabel : words.showLabel);
  };
  toggle.addEventListener("click", () => {
    const visible = input.type === "password";
    set(visible);
    say(visible ? words.shown : words.hidden);
  });
  // Browsers remember what is typed into text inputs, and offer it to the next person.
  input.form?.addEventListener("submit", () => set(false));
}

function copyValue(box) {
  if (!navigator.clipboard) return;
  const words = box.dataset;
  const copy = button(words.copy, words.copyLabel);
  const status = element("p", { role: "status", class: "o-hint o-copied" });
  box.querySelector(".o-value").append(copy, status);
  copy.addEventListener("click", async () => {
    status.textContent = "";
    let said = words.copied;
    try {
      const values = [...box.querySelectorAll("code")].map((each) => each.textContent);
      await navigator.clipboard.writeText(values.join("\n"));
    } catch {
      said = words.failed;
    }
    requestAnimationFrame(() => { status.textContent = said; });
  });
}

// The link leads to the field itself, with its label in view, unfolded if it was folded.
function summary(box) {
  box.focus();
  box.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    const folded = field.closest("details");
    if (folded) folded.open = true;
    (field.closest(".o-field") ?? field).scrollIntoView();
    field.focus({ preventScroll: true });
  });
}

// What a plugin's script does is begun by a button that is of no use without scripts.
function reveal(control) {
  control.hidden = false;
}

// Something is awaited from elsewhere: the form is sent every few seconds, silently, until the
// server says where to go; for anything else that it says the page is loaded as by the button.
function wait(form) {
  const pause = Number(form.dataset.ostiaryWait) * 1000;
  let asking = null;
  const ask = async () => {
    asking = new AbortController();
    let answer;
    try {
      answer = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(new FormData(form)),
        redirect: "error",
        signal: asking.signal,
      });
      if (answer.ok && answer.status !== 202) {
        location.assign((await answer.json()).next);
        return;
      }
    } catch {
      // Out of reach: perhaps not for long. Aborted: the button was pressed.
      if (!asking.signal.aborted) setTimeout(ask, pause);
      return;
    }
    if (answer.status === 202) setTimeout(ask, pause);
    else form.submit();
  };
  form.addEventListener("submit", () => asking?.abort());
  setTimeout(ask, pause);
}

// A form that is sent twice spends two tries, or makes two of a thing.
function once(form) {
  if (form.querySelector("[data-ostiary-ceremony]")) return;
  let sent = 0;
  form.addEventListener("submit", (event) => {
    const now = Date.now();
    if (now - sent < 1000) event.preventDefault();
    sent = now;
  });
}

// What can be typed on this page, but for what is secret. Of a question that proves who somebody is
// only a name is not: what its other fields ask for, nobody here knows.
const choice = (each) => ["checkbox", "radio"].includes(each.type);
const typed = () => [...document.querySelectorAll("main form[method='post'] :is(input, textarea, select)")]
  .filter((each) => !["hidden", "password", "submit", "file"].includes(each.type))
  .filter((each) => !each.matches(".o-password, .o-code, [autocomplete$='password'], [autocomplete='one-time-code']"))
  .filter((each) => !each.form.elements.challenge || /username|email/.test(each.autocomplete));

// Whoever goes to choose a language comes back to a form as they left it, in this tab.
const left = "ostiary-left";
function keepTyped(link) {
  link.addEventListener("click", () => {
    const values = typed().map((each) => [each.name, each.value, each.checked === true]);
    sessionStorage.setItem(left, JSON.stringify([location.pathname, values]));
  });
}

function fillAgain() {
  const [path, values] = JSON.parse(sessionStorage.getItem(left) ?? "[]");
  const open = path === location.pathname ? typed() : [];
  for (const [name, value, checked] of open.length ? values : []) {
    const at = open.findIndex((each) => each.name === name && (!choice(each) || each.value === value));
    if (at < 0) continue;
    const [each] = open.splice(at, 1);
    const folded = each.closest("details");
    if (folded && (each.value !== value || each.checked === !checked)) folded.open = true;
    if (choice(each)) each.checked = checked;
    else each.value = value;
  }
  forgetTyped();
}

function forgetTyped() {
  if (!document.querySelector("[data-ostiary-languages]")) sessionStorage.removeItem(left);
}

// Says in time that the session ends, and lets it be put off without leaving the page. Nothing is
// sent unless somebody presses the button; other tabs of the session learn of it from this one.
function ending(box) {
  const words = box.dataset;
  const form = box.querySelector("form");
  const status = box.querySelector("[role=status]");
  const renewal = box.querySelector("a").parentElement;
  const channel = new BroadcastChannel("ostiary-session");
  const tokens = () => document.querySelectorAll("input[name=csrf_token]");
  let end, final, stage;

  const show = (text, control) => {
    box.hidden = false;
    form.hidden = control !== form;
    renewal.hidden = control !== renewal;
    if (status.textContent === text) return;
    status.textContent = "";
    requestAnimationFrame(() => { status.textContent = text; });
  };
  const look = () => {
    const left = (end - Date.now()) / 1000;
    const now = left <= 0 ? "over" : left <= Number(words.warn) ? "soon" : "early";
    if (now === stage) return;
    stage = now;
    if (now === "over") show(words.over, renewal);
    else if (now === "soon") show(final ? words.soonFinal : words.soon, final ? renewal : form);
    else box.hidden = true;
  };
  const set = (at, isFinal) => {
    // A page that was loaded before another knows less.
    if (end !== undefined && at <= end) return;
    [end, final, stage] = [at, isFinal, undefined];
    look();
  };
  const tell = () => {
    channel.postMessage({ session: words.session, end, final, token: tokens()[0].value });
  };

  channel.addEventListener("message", ({ data }) => {
    if (data.session !== words.session) return;
    set(data.end, data.final);
    // A session that was renewed has another cookie, to which the forms must belong.
    for (const field of tokens()) field.value = data.token;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(new FormData(form)),
        redirect: "error",
      });
      if (!answer.ok) throw new Error();
      const { left, final: isFinal } = await answer.json();
      set(Date.now() + left * 1000, isFinal);
      if (stage === "early") show(words.stays);
      tell();
    } catch {
      show(words.failed, form);
    }
  });
  set(Date.now() + Number(words.left) * 1000, "final" in words);
  tell();
  // A machine that slept wakes up later than its timers think.
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
}

document.querySelectorAll("[data-ostiary-ending]").forEach(ending);
document.querySelectorAll("[data-ostiary-password]").forEach(showPassword);
document.querySelectorAll("[data-ostiary-copy]").forEach(copyValue);
document.querySelectorAll("[data-ostiary-focus]").forEach(summary);
document.querySelectorAll("[data-ostiary-scripted]").forEach(reveal);
document.querySelectorAll("[data-ostiary-wait]").forEach(wait);
document.querySelectorAll("form[method='post']").forEach(once);
document.querySelectorAll("[data-ostiary-language]").forEach(keepTyped);
fillAgain();
// A page that the browser had kept has what was typed.
addEventListener("pageshow", (event) => { if (event.persisted) forgetTyped(); });
