// Passkeys and security keys: makes one, uses one, or tells the browser which ones are left.
// Options and words come from data- attributes; what the authenticator says goes into the form,
// and is judged by the server alone.

const boxes = [...document.querySelectorAll("[data-ostiary-ceremony]")]
  .map((box) => ({ box, form: box.closest("form"), options: JSON.parse(box.dataset.options) }))
  .filter(({ options }) => "webauthn" in options);

// There can be one request at a time: one that waits for autofill makes way for a button, and does
// not begin while the button's is under way.
let waiting = null;
let busy = false;

// A live region is empty between two equal messages, or the second is not read out.
function speaker(box) {
  const status = box.querySelector("[data-ostiary-status]");
  return (name) => {
    const said = name && box.dataset[`text${name[0].toUpperCase()}${name.slice(1)}`];
    status.textContent = "";
    if (said) requestAnimationFrame(() => { status.textContent = said; });
  };
}

// What went wrong, as the name of one of the texts; browsers tell no more, on purpose.
function trouble(error, { webauthn }) {
  switch (error.name) {
    case "AbortError": return null;
    case "NotAllowedError": return "cancelled";
    case "InvalidStateError": return webauthn === "create" ? "known" : "failed";
    case "SecurityError":
      console.error("ostiary: passkeys do not work at this address:", error.message);
      return "address";
    case "NotSupportedError": return "unsupported";
    default: return "failed";
  }
}

const able = (name) => typeof window.PublicKeyCredential?.[name] === "function";

function isAble(create) {
  const parse = create ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  return able(parse) && "toJSON" in PublicKeyCredential.prototype;
}

function ask({ webauthn, publicKey }, more = {}) {
  return webauthn === "create"
    ? navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey), ...more })
    : navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey), ...more });
}

function send(form, credential) {
  form.elements.namedItem("answer").value = JSON.stringify(credential.toJSON());
  form.submit();
}

// Passkeys offered in the field of the name. The form beside it works as ever: nothing is shown
// and nothing is said before a passkey was chosen there.
async function offer({ form, options }) {
  const field = document.querySelector("input[name='name']");
  if (!field || !able("isConditionalMediationAvailable") || !isAble(false)) return;
  if (!(await PublicKeyCredential.isConditionalMediationAvailable()) || busy) return;
  const tokens = field.autocomplete.split(" ").filter(Boolean);
  if (!tokens.includes("webauthn")) field.autocomplete = [...tokens, "webauthn"].join(" ");
  const mine = new AbortController();
  const wait = async () => {
    try {
      const credential = await ask(options, { mediation: "conditional", signal: mine.signal });
      if (!mine.signal.aborted) send(form, credential);
    } catch {
      // Nobody asked for it, so nobody is told.
    }
  };
  const over = wait();
  waiting = {
    end() {
      mine.abort();
      // A browser that does not notice must not keep the button from working.
      return Promise.race([over, new Promise((resume) => { setTimeout(resume, 500); })]);
    },
  };
}

function attach(ceremony) {
  const { box, form, options } = ceremony;
  const say = speaker(box);
  const button = form.querySelector("button[type='submit']");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    if (!isAble(options.webauthn === "create")) {
      say("unsupported");
      return;
    }
    busy = true;
    // Not disabled, or it would lose the focus.
    button?.setAttribute("aria-disabled", "true");
    say("working");
    try {
      await waiting?.end();
      send(form, await ask(options));
    } catch (error) {
      busy = false;
      button?.removeAttribute("aria-disabled");
      say(trouble(error, options));
      button?.focus();
      if (options.autofill) offer(ceremony);
    }
  });
  if (options.autofill) offer(ceremony);
}

// WebAuthn, section 5.1.10. Of no consequence here, and so never said.
async function signal({ rpId, name, accepted }) {
  for (const { userId, ids } of accepted) {
    try {
      if (able("signalAllAcceptedCredentials")) {
        await PublicKeyCredential.signalAllAcceptedCredentials(
          { rpId, userId, allAcceptedCredentialIds: ids });
      }
      if (able("signalCurrentUserDetails")) {
        await PublicKeyCredential.signalCurrentUserDetails(
          { rpId, userId, name, displayName: name });
      }
    } catch {
      // The list in the browser is then as it was.
    }
  }
}

for (const ceremony of boxes) {
  if (ceremony.options.webauthn === "signal") signal(ceremony.options);
  else if (ceremony.form) attach(ceremony);
}
